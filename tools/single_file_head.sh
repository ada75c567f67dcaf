#!/bin/sh
# sipedge @VERSION@ (@MACHINE@) in one file: this head unpacks what follows it, once, checks it, and runs it.
# It looks for a folder in $SIPEDGE_CACHE, /usr/local/lib/sipedge where install.sh has made it, $CACHE_DIRECTORY
# (systemd), $XDG_CACHE_HOME/sipedge, /var/cache/sipedge, ~/.cache/sipedge, and the folder for temporary files; root may
# keep one for everybody.
set -eu

tree_name='sipedge-@VERSION@-@SHORT_HASH@'
payload_hash='@HASH@'
payload_offset=@OFFSET@
machine='@MACHINE@'
self=$0

complain() {
  printf 'sipedge: %s\n' "$1" >&2
}

# True when nobody but root and this user could have put anything into the folder.
is_trusted() {
  [ -n "$(find "$1/." -prune -type d \( -user 0 -o -user "$(id -u)" \) ! -perm -0020 ! -perm -0002 2>/dev/null)" ]
}

# A tree stands under its name only when it is whole.
is_unpacked() {
  [ -x "$1/$tree_name/sipedge" ] && is_trusted "$1" && is_trusted "$1/$tree_name"
}

# What no process runs from goes, but for the tree used before this one: an upgrade may have to return to it.
tidy() (
  cd "$1" || exit 0
  # shellcheck disable=SC2010,SC2012 # the names are ours, and only ls sorts by time
  others=$(ls -td sipedge-*-* 2>/dev/null | grep -vxF "$tree_name" | tail -n +2) || others=
  running=$(readlink /proc/[0-9]*/exe 2>/dev/null) || true
  for old in $others; do
    printf '%s\n' "$running" | grep -qF "/$old/sipedge" || rm -rf "./$old"
  done
  find . -name '.new-*' -prune -mmin +60 -exec rm -rf {} + 2>/dev/null || true
)

check_payload() {
  found=$(tail -c +"$payload_offset" "$self" | sha256sum)
  [ "${found%% *}" = "$payload_hash" ] && return
  complain "\"$self\" is damaged: copy it here again and compare it with SHA256SUMS"
  exit 1
}

# Unpacks into folder $1 under another name and renames: whoever starts at the same moment finds a whole tree or none.
unpack() {
  (umask 077 && mkdir -p "$1") 2>/dev/null || return 1
  is_trusted "$1" || return 1
  new=$(mktemp -d "$1/.new-XXXXXX" 2>/dev/null) || return 1
  trap 'rm -rf "$new"; exit 1' HUP INT TERM
  if tail -c +"$payload_offset" "$self" | gzip -dc | tar -xf - --no-same-owner -C "$new" 2>/dev/null &&
    "$new/sipedge" --version >/dev/null 2>&1; then
    chmod 755 "$new"
    touch "$new"
    # Fails when another start was quicker; its tree is as good.
    mv -T "$new" "$1/$tree_name" 2>/dev/null || true
  fi
  rm -rf "$new"
  trap - HUP INT TERM
  is_unpacked "$1" || return 1
  tidy "$1"
}

# Sets $tree to the unpacked program in the first of the folders that has it.
look_in() {
  for cache in "$@"; do
    if [ -n "$cache" ] && is_unpacked "$cache"; then
      tree=$cache/$tree_name
      return
    fi
  done
  return 1
}

# The same, in the first of the folders that takes it.
unpack_into() {
  if [ "$(uname -m)" != "$machine" ]; then
    complain "this file is for $machine and this machine is $(uname -m): take the other one"
    exit 1
  fi
  check_payload
  for cache in "$@"; do
    if [ -n "$cache" ] && unpack "$cache"; then
      tree=$cache/$tree_name
      return
    fi
  done
  return 1
}

# What was named in $SIPEDGE_CACHE comes first, even when another folder has the program already.
find_tree() {
  if look_in "$named"; then return; fi
  if [ -n "$named" ] && unpack_into "$named"; then return; fi
  if look_in "$@" || unpack_into "$@"; then return; fi
  complain "found no folder to unpack into (130 MB free, programs may run there): name one in SIPEDGE_CACHE"
  exit 1
}

named=${SIPEDGE_CACHE:-}
case $named in '' | /*) ;; *) named=$PWD/$named ;; esac
service=${CACHE_DIRECTORY:-}
installed=/usr/local/lib/sipedge
[ -d "$installed" ] || installed=
find_tree "$installed" "${service%%:*}" "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/sipedge}" /var/cache/sipedge \
  "${HOME:+$HOME/.cache/sipedge}" "${TMPDIR:-/tmp}/sipedge-$(id -u)"

# The runtime's own variables: no look for a newer one, no package.json of the folders above, caches beside the code.
export DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1 DENO_DIR="$tree/cache"
exec "$tree/sipedge" run @FLAGS@ "$tree/main.js" "$@"
# What follows is no text.
