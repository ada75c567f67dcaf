#!/bin/sh
# Installs, upgrades or removes sipedge on Debian 12 and 13 and Ubuntu 24.04. Put it beside the file "sipedge" and run it
# as root; "install.sh --help" tells the rest. Configuration and data that are there already are never overwritten.
set -eu

usage() {
  cat <<'END'
Usage: install.sh [--file FILE] [--domain NAME] [--locale en|zh] [--when-quiet MINUTES] [--root DIR] [--dry-run]
       install.sh --uninstall [--purge] [--root DIR] [--dry-run]

Installs sipedge as a system service, or upgrades it. An upgrade keeps the old program and returns to it, and to the
database as it was, when the new one is not healthy within 30 seconds.

  --file FILE           the program (default: "sipedge" beside this script)
  --domain NAME         SIP domain of a new configuration (default: the full name of this machine)
  --locale en|zh        language of a new configuration (default: en)
  --when-quiet MINUTES  before an upgrade wait so long for the last call to end (default: do not wait)
  --uninstall           remove program and service; configuration and data stay
  --purge               with --uninstall: remove configuration, data and the system user as well
  --root DIR            work on the system below DIR; nothing of it is run
  --dry-run             only tell what would be done

Exit code 0 when done, 1 when not (nothing was changed, or the old version runs again), 2 for nonsense.
END
}

NAME=sipedge
HEALTHY_SECONDS=30

file=
domain=
locale=en
quiet_minutes=0
root=
is_dry=no
action=install
is_purge=no

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
misuse() {
  printf 'install.sh: %s\nTry "install.sh --help"\n' "$*" >&2
  exit 2
}

# Does what it is given, or only tells it.
act() {
  if [ "$is_dry" = yes ]; then say "would run: $*"; else "$@"; fi
}

# put FILE MODE OWNER: writes the standard input to a file, whole.
put() {
  if [ "$is_dry" = yes ]; then
    cat >/dev/null
    say "would write: $1"
    return
  fi
  (umask 077 && cat >"$1.new")
  chown "$3" "$1.new"
  chmod "$2" "$1.new"
  mv -f "$1.new" "$1"
}

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --file | --domain | --locale | --when-quiet | --root)
        [ $# -ge 2 ] || misuse "$1 needs a value"
        case $1 in
          --file) file=$2 ;;
          --domain) domain=$2 ;;
          --locale) locale=$2 ;;
          --when-quiet) quiet_minutes=$2 ;;
          --root) root=${2%/} ;;
        esac
        shift
        ;;
      --uninstall) action=uninstall ;;
      --purge) is_purge=yes ;;
      --dry-run) is_dry=yes ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) misuse "unknown option $1" ;;
    esac
    shift
  done
  [ "$is_purge" = no ] || [ "$action" = uninstall ] || misuse "--purge goes with --uninstall"
  case $locale in en | zh) ;; *) misuse "--locale is en or zh" ;; esac
  case $quiet_minutes in '' | *[!0-9]*) misuse "--when-quiet needs a number of minutes" ;; esac
  case $domain in .* | *. | *..* | *[!A-Za-z0-9.-]*) misuse "--domain \"$domain\" is no name of a domain" ;; esac
  [ -z "$root" ] || [ -d "$root" ] || fail "there is no folder \"$root\""
  case $root in '' | /*) ;; *) root=$PWD/$root ;; esac
}

set_places() {
  program=$root/usr/local/bin/$NAME
  library=$root/usr/local/lib/$NAME
  fresh=$library/$NAME.new
  previous=$library/$NAME.previous
  config_folder=$root/etc/$NAME
  config=$config_folder/$NAME.yaml
  data=$root/var/lib/$NAME
  before_upgrade=$data/before-upgrade
  unit=$root/etc/systemd/system/$NAME.service
  wanted=$root/etc/systemd/system/multi-user.target.wants/$NAME.service
}

check_machine() {
  if [ "$is_dry" = no ]; then
    [ "$(id -u)" = 0 ] || fail "this needs root: run it with sudo, or see with --dry-run what it would do"
    exec 9>"/run/lock/$NAME-install"
    flock -n 9 || fail "another install.sh is at work: wait for it"
  fi
  system=unknown
  # shellcheck source=/dev/null
  [ ! -r "$root/etc/os-release" ] || system=$(. "$root/etc/os-release" && printf '%s %s' "${ID:-}" "${VERSION_ID:-}")
  case $system in
    "debian 12" | "debian 13" | "ubuntu 24.04") ;;
    *) warn "made for Debian 12, Debian 13 and Ubuntu 24.04; this is $system" ;;
  esac
  has_systemd=no
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then has_systemd=yes; fi
}

# Sets $file, and ends here when it was damaged on its way.
find_file() {
  folder=$(cd "$(dirname "$0")" && pwd)
  [ -n "$file" ] || file=$folder/$NAME
  [ -f "$file" ] || fail "there is no file \"$file\": put the program beside this script, or name it with --file"
  sums=$(dirname "$file")/SHA256SUMS
  [ -f "$sums" ] || return 0
  listed=$(awk -v name="$(basename "$file")" '$2 == name || $2 == "*" name { print $1; exit }' "$sums")
  found=$(sha256sum "$file")
  [ -z "$listed" ] || [ "$listed" = "${found%% *}" ] || fail "\"$file\" is not what SHA256SUMS says: copy it here again"
}

# The program unpacks itself into a folder of root's: the service cannot write what it runs.
run_program() {
  SIPEDGE_CACHE=$library "$@"
}

# Copies the program here under another name and tries it. Nothing is changed that is in use.
try_file() {
  act mkdir -p "$library" "$(dirname "$program")"
  act chmod 755 "$library"
  act cp "$file" "$fresh"
  act chmod 755 "$fresh"
  if [ "$is_dry" = yes ] || [ -n "$root" ]; then return 0; fi
  if ! version=$(umask 022 && run_program "$fresh" version); then
    rm -f "$fresh"
    fail "\"$file\" does not run on this machine; nothing was changed"
  fi
  say "program:       $version"
  [ -f "$config" ] || return 0
  if ! problems=$(run_program "$fresh" check "$config" 2>&1); then
    rm -f "$fresh"
    printf '%s\n' "$problems" >&2
    fail "the new version does not take the configuration \"$config\": correct it first; nothing was changed"
  fi
}

has_user() { grep -q "^$NAME:" "$root/etc/passwd" 2>/dev/null; }

add_user() {
  ! has_user || return 0
  say "system user:   $NAME"
  set -- --system --user-group --home-dir "/var/lib/$NAME" --no-create-home --shell /usr/sbin/nologin "$NAME"
  [ -z "$root" ] || set -- --root "$root" "$@"
  act useradd "$@"
}

# Sets $owner, in numbers: below --root the names may be others.
find_owner() {
  owner=$(awk -F: -v name="$NAME" '$1 == name { print $3 ":" $4 }' "$root/etc/passwd" 2>/dev/null || true)
  [ -n "$owner" ] || [ "$is_dry" = yes ] || fail "there is no user $NAME after useradd: look at /etc/passwd"
  owner=${owner:-0:0}
}

make_folders() {
  act mkdir -p "$config_folder" "$data" "$(dirname "$wanted")"
  act chown "0:${owner#*:}" "$config_folder"
  act chmod 750 "$config_folder"
  act chown "$owner" "$data"
  act chmod 700 "$data"
}

print_config() {
  cat <<END
# The configuration of sipedge. "sipedge check" finds all mistakes at once; a saved change is taken over while calls
# go on (listeners and media ports need "systemctl restart $NAME"). What is not said here has a sensible default.
# Extensions, groups, rooms and lines are made on the page, or written here.

server:
  data: /var/lib/$NAME
  locale: $locale # en or zh: prompts, page, and defaults that depend on the country

listen:
  # 0.0.0.0 is every IPv4 address of this machine; for IPv6 add "udp://[::]:5060" and so on.
  sip: ["udp://0.0.0.0:5060", "tcp://0.0.0.0:5060", "tls://0.0.0.0:5061"]
  # The page. "http://127.0.0.1:8080" keeps it on this machine; off: there is none.
  web: "https://0.0.0.0:8443"

media:
  ports: 20000-29999 # voice, UDP
  address: auto # behind NAT: the outside address, or stun:HOST to find it out

tls:
  certificate: auto # one of its own authority, /var/lib/$NAME/tls/ca.pem; or { cert: FILE, key: FILE }

security:
  srtp: optional # off, optional or required: encryption of voice
  allow: [] # addresses and networks that are never banned, e.g. "192.168.0.0/16"

domains:
  # The part behind the @. Passwords made on the page belong to this name: choose it before the first extension.
  - name: $domain
END
}

choose_domain() {
  [ -z "$domain" ] || return 0
  [ -n "$root" ] || domain=$(timeout 3 hostname -f 2>/dev/null || true)
  case $domain in
    *.localdomain | localhost.* | *[!A-Za-z0-9.-]*) domain=office.internal ;;
    *.*) ;;
    *) domain=office.internal ;;
  esac
}

add_config() {
  if [ -e "$config" ]; then
    say "configuration: $config (kept as it is)"
    return
  fi
  choose_domain
  say "configuration: $config (new, SIP domain $domain)"
  print_config | put "$config" 640 "0:${owner#*:}"
}

print_unit() {
  cat <<END
[Unit]
Description=sipedge, a SIP server for the edge of the network
Wants=network-online.target
After=network-online.target
# However often it fails: telephones wait for it.
StartLimitIntervalSec=0

[Service]
Type=notify
User=$NAME
Group=$NAME
# Unpacks, as root, a program that was put there by hand: the service cannot write what it runs.
Environment=SIPEDGE_CACHE=/usr/local/lib/$NAME
ExecStartPre=+/usr/local/bin/$NAME version
ExecStart=/usr/local/bin/$NAME serve --config /etc/$NAME/$NAME.yaml
# A file with mistakes makes the reload fail, and is not taken.
ExecReload=/usr/local/bin/$NAME check /etc/$NAME/$NAME.yaml
ExecReload=/bin/kill -HUP \$MAINPID
Restart=always
RestartSec=500ms
# A command line or configuration that makes no sense does not get better by trying.
RestartPreventExitStatus=2 3
TimeoutStartSec=60
TimeoutStopSec=20
KillMode=mixed
# The sign of life comes from the thread that does the signalling. A stopped process would sleep through SIGABRT.
WatchdogSec=15
WatchdogSignal=SIGKILL

StateDirectory=$NAME
StateDirectoryMode=0700
UMask=0077
LimitNOFILE=65536
TasksMax=256
MemoryMax=75%
OOMScoreAdjust=-500

# Ports below 1024, where the configuration wants them, and nothing else that root may do.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# What the service writes cannot be run.
NoExecPaths=/var /tmp /run
# Not possible: MemoryDenyWriteExecute, since the engine compiles JavaScript and calls into libc to machine code while
# it runs; PrivateUsers, since CAP_NET_BIND_SERVICE means nothing in a user namespace; PrivateNetwork and
# IPAddressDeny, since telephones call from anywhere.

[Install]
WantedBy=multi-user.target
END
}

add_unit() {
  # Whoever has disabled the service keeps it so.
  [ -e "$unit" ] || act ln -sfn "../$NAME.service" "$wanted"
  print_unit | put "$unit" 644 0:0
  [ "$has_systemd" = no ] || act systemctl daemon-reload
}

# Prints what the server says of itself; fails when it does not answer.
ask_status() {
  run_program "$program" status --config "$config" "$@" 2>/dev/null
}

live_calls() {
  ask_status --json | awk -F'[:,]' '/"live":/ { gsub(/ /, "", $2); print $2; exit }'
}

# Calls live in the program: an upgrade ends them. Waits for a quiet moment if that is wanted.
await_quiet() {
  calls=$(live_calls || true)
  waited=0
  while [ "${calls:-0}" != 0 ] && [ "$waited" -lt $((quiet_minutes * 60)) ]; do
    [ $((waited % 60)) != 0 ] || say "waiting for the end of calls: $calls now"
    [ "$is_dry" = no ] || return 0
    sleep 2
    waited=$((waited + 2))
    calls=$(live_calls || true)
  done
  [ "${calls:-0}" = 0 ] || say "calls ended by the upgrade: $calls"
}

show() { systemctl show --property "$1" --value "$NAME"; }

# True when the service has answered three times in a row, from the same process; false after 30 s, or as soon as it is
# certain.
is_healthy() {
  until=$(($(date +%s) + HEALTHY_SECONDS))
  calm=0
  last=none
  while [ "$(date +%s)" -lt "$until" ]; do
    pid=$(show MainPID)
    if [ "$(show ActiveState)" = active ] && [ "$pid" = "$last" ] && ask_status >/dev/null; then
      calm=$((calm + 1))
      [ "$calm" -lt 3 ] || return 0
    else
      calm=0
    fi
    last=$pid
    if [ "$(show ActiveState)" = failed ] || [ "$(show NRestarts)" -ge 5 ]; then return 1; fi
    sleep 1
  done
  return 1
}

# The service stands still from here to its start: whatever fails between, what stands there is better than nothing.
stop_service() {
  [ "$is_dry" = yes ] || trap 'systemctl start --no-block "$NAME"' EXIT
  act systemctl stop "$NAME"
}

start_service() {
  [ "$is_dry" = yes ] || systemctl reset-failed "$NAME" 2>/dev/null || true
  act systemctl start --no-block "$NAME"
  trap - EXIT
}

keep_old() {
  act rm -rf "$before_upgrade"
  act mkdir -m 700 "$before_upgrade"
  for part in "$data/$NAME.db" "$data/$NAME.db-wal" "$data/$NAME.db-shm"; do
    [ ! -e "$part" ] || act cp -p --reflink=auto "$part" "$before_upgrade/"
  done
  act cp -p "$program" "$previous"
  [ ! -e "$unit" ] || act cp -p "$unit" "$library/$NAME.service.previous"
}

return_to_old() {
  warn "not healthy within $HEALTHY_SECONDS s; the last lines of its log:"
  journalctl --unit "$NAME" --lines 10 --no-pager --output cat >&2 || true
  stop_service
  rm -f "$data/$NAME.db" "$data/$NAME.db-wal" "$data/$NAME.db-shm"
  cp -p "$before_upgrade/"* "$data/" 2>/dev/null || true
  cp -p "$previous" "$fresh"
  mv -f "$fresh" "$program"
  [ ! -e "$library/$NAME.service.previous" ] || cp -p "$library/$NAME.service.previous" "$unit"
  systemctl daemon-reload
  start_service
  if is_healthy; then
    fail "the new version did not become healthy: the old one runs again, with the database as it was"
  fi
  fail "the new version did not become healthy, and the old one does not either: see \"journalctl -u $NAME\""
}

# in_log EXPRESSION: what sed finds in the log of the process that runs now, the newest of it.
in_log() {
  journalctl --unit "$NAME" --no-pager --output cat _PID="$(show MainPID)" 2>/dev/null | sed -n "$1" | tail -n 1
}

# open_ports STATUS PROTOCOL: the ports that others must reach, with commas between them.
open_ports() {
  printf '%s\n' "$1" | awk -v protocol="$2" '
    function add(place, kind,   port) {
      if (kind != protocol || place ~ /^[a-z]+:\/\/(127\.|\[::1\]|localhost)/) return
      port = place
      sub(/.*:/, "", port)
      if (!(port in seen)) list = list (list == "" ? "" : ", ") port
      seen[port] = 1
    }
    /^listening on / { gsub(/,/, ""); for (i = 3; i <= NF; i++) add($i, $i ~ /^udp/ ? "udp" : "tcp") }
    /^voice on UDP ports / { add("udp://:" $5, "udp") }
    /^page / { add($2, "tcp") }
    END { print list }'
}

print_firewall() {
  udp=$(open_ports "$1" udp)
  tcp=$(open_ports "$1" tcp)
  if command -v ufw >/dev/null && ufw status 2>/dev/null | grep -q 'Status: active'; then
    say "Firewall (ufw is active here): let these in"
    printf '%s\n' "$udp" | tr -d ' ' | tr - : | sed 's|^|  ufw allow proto udp to any port |'
    printf '%s\n' "$tcp" | tr -d ' ' | tr - : | sed 's|^|  ufw allow proto tcp to any port |'
  elif command -v nft >/dev/null && nft list ruleset 2>/dev/null | grep -q 'hook input'; then
    say "Firewall (nftables is active here): let these in, and write them into /etc/nftables.conf"
    say "  nft insert rule inet filter input udp dport { $udp } accept"
    say "  nft insert rule inet filter input tcp dport { $tcp } accept"
  else
    say "Firewall: none is active here; one before this machine must let in UDP $udp and TCP $tcp"
  fi
}

print_next() {
  status=$(ask_status) || return 0
  page=$(printf '%s\n' "$status" | awk '$1 == "page" { print $2 }')
  [ -z "$page" ] || say "page:          $page"
  # There is none when somebody is administrator already.
  link=$(in_log 's|.*\(https\{0,1\}://[^" ]*/setup#[A-Za-z0-9_-]*\).*|\1|p')
  if [ -n "$link" ]; then
    say "first login:   $link"
    say "               sets the administrator's password; once, within an hour (\"systemctl restart $NAME\" makes another)"
  fi
  case $page in https:*)
    say "               the browser warns of the certificate, unless it trusts $data/tls/ca.pem; its SHA-256 is"
    say "               $(in_log 's|.*"certificate in use".*"fingerprint":"\([0-9A-F:]*\)".*|\1|p')"
    ;;
  esac
  say "log:           journalctl -u $NAME"
  say "check it all:  $NAME doctor"
  print_firewall "$status"
}

is_same_version() {
  [ -e "$program" ] && [ -e "$unit" ] && cmp -s "$file" "$program" && print_unit | cmp -s - "$unit"
}

install_program() {
  act mv -f "$fresh" "$program"
  add_unit
}

install() {
  check_machine
  find_file
  if [ "$has_systemd" = yes ] && is_same_version && systemctl --quiet is-active "$NAME"; then
    say "this version is installed and running already: nothing to do"
    [ "$is_dry" = yes ] || print_next
    return
  fi
  try_file
  add_user
  find_owner
  make_folders
  add_config
  is_upgrade=no
  [ ! -e "$program" ] || is_upgrade=yes
  if [ "$has_systemd" = no ]; then
    [ "$is_upgrade" = no ] || act cp -p "$program" "$previous"
    install_program
    if [ -n "$root" ]; then
      say "installed below $root; it starts when that system does"
    else
      say "not started, since there is no systemd here. By hand: $NAME serve --config $config"
    fi
    return
  fi
  if [ "$is_upgrade" = yes ]; then
    await_quiet
    stop_service
    keep_old
  fi
  install_program
  start_service
  [ "$is_dry" = no ] || return 0
  if ! is_healthy; then
    [ "$is_upgrade" = no ] || return_to_old
    journalctl --unit "$NAME" --lines 10 --no-pager --output cat >&2 || true
    fail "the service does not come up: mend what the lines above name, then \"systemctl restart $NAME\""
  fi
  [ "$is_upgrade" = no ] || say "kept:          $previous (the version before)"
  print_next
}

uninstall() {
  check_machine
  if [ "$has_systemd" = yes ] && [ -e "$unit" ]; then act systemctl stop "$NAME"; fi
  act rm -f "$wanted" "$unit" "$program"
  act rm -rf "$library" "$root/var/cache/$NAME"
  if [ "$has_systemd" = yes ]; then
    act systemctl daemon-reload
    [ "$is_dry" = yes ] || systemctl reset-failed "$NAME" 2>/dev/null || true
  fi
  if [ "$is_purge" = no ]; then
    say "removed; configuration and data are kept in $config_folder and $data (--purge removes them too)"
    return
  fi
  act rm -rf "$config_folder" "$data"
  if has_user; then
    set -- "$NAME"
    [ -z "$root" ] || set -- --root "$root" "$@"
    act userdel "$@"
  fi
  say "removed, with configuration and data"
}

read_options "$@"
set_places
trap 'exit 130' HUP INT TERM
"$action"
