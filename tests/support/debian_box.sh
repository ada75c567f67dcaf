#!/bin/sh
# A Debian machine in namespaces of this one, with a real systemd as PID 1; needs root, no container engine.
#
#   debian_box.sh make TREE [SUITE]     build the tree with debootstrap (default: trixie, that is Debian 13), once
#   debian_box.sh boot TREE RUN NETWORK start it on a copy of the tree, in the foreground; RUN is a new folder for what
#                                       belongs to this run, NETWORK a /24 like 198.18.71: the machine is .2, we are
#                                       .1, .11 and .12
#   debian_box.sh exec RUN COMMAND...   run a command in it
#   debian_box.sh wait RUN              wait until it has come up
#   debian_box.sh stop RUN              switch it off and remove the copy
#
# Its processes, mounts, names and network are its own; the kernel's settings (/proc/sys, /sys) it can only read.
set -eu

PACKAGES=systemd,systemd-sysv,dbus,iproute2,procps,nftables

fail() {
  printf 'debian_box.sh: %s\n' "$1" >&2
  exit 1
}

# The mirror this machine takes its own packages from, else Debian's.
mirror() {
  found=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
    awk '/^URIs:/ && $2 !~ /security/ { print $2; exit } $1 == "deb" && $2 ~ /^http/ { print $2; exit }')
  printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

make_tree() {
  tree=$1 suite=${2:-trixie}
  [ ! -d "$tree" ] || return 0
  command -v debootstrap >/dev/null || fail "debootstrap is not installed"
  mkdir -p "$(dirname "$tree")"
  new=$tree.new-$$
  trap 'rm -rf "$new" "$new.log"' EXIT
  debootstrap --variant=minbase --include="$PACKAGES" "$suite" "$new" "$(mirror)" >"$new.log" 2>&1 ||
    fail "debootstrap: $(tail -n 1 "$new.log")"
  rm -rf "$new"/var/cache/apt/* "$new"/var/lib/apt/lists/* "$new"/usr/share/doc "$new"/usr/share/locale
  # There is no screen, disk or modem to look after, and its network is ours to set.
  for unit in console-getty getty@tty1 systemd-udevd systemd-modules-load systemd-networkd systemd-timesyncd; do
    ln -sf /dev/null "$new/etc/systemd/system/$unit.service"
  done
  echo box >"$new/etc/hostname"
  # Known already, so that it is no first boot that asks questions.
  tr -d - </proc/sys/kernel/random/uuid >"$new/etc/machine-id"
  # Whoever was quicker has built the same.
  mv -T "$new" "$tree" 2>/dev/null || [ -d "$tree" ]
}

# Runs in the new namespaces: makes the copy look like a machine, then becomes its PID 1.
become_machine() {
  root=$1
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for node in null zero full random urandom tty; do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  hostname box
  cd "$root"
  pivot_root . .
  umount -l .
  exec env -i container=sipedge-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system
}

boot() {
  tree=$1 run=$2 network=$3
  mkdir "$run"
  cp -a --reflink=auto "$tree" "$run/root"
  (connect "$run" "$network") &
  echo $$ >"$run/pid"
  # Whoever started us and dies takes the machine with it.
  exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --net \
    sh "$0" become_machine "$run/root" >"$run/console.log" 2>&1 </dev/null
}

# A cable between this network and that of the machine.
connect() {
  run=$1 network=$2
  end=sb$(printf %s "$network" | tr -dc 0-9 | tail -c 11)
  await_init "$run"
  ip link add "$end" type veth peer name eth0 netns "$init"
  for host in 1 11 12; do ip address add "$network.$host/24" dev "$end"; done
  ip link set "$end" up
  inside "$run" ip link set lo up
  inside "$run" ip address add "$network.2/24" dev eth0
  inside "$run" ip link set eth0 up
  inside "$run" ip route add default via "$network.1"
  touch "$run/connected"
}

# Sets $init to the machine's PID 1, as we see it.
await_init() {
  for _ in $(seq 100); do
    pid=$(cat "$1/pid" 2>/dev/null || true)
    for init in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true); do
      [ "$(cat "/proc/$init/comm" 2>/dev/null)" != systemd ] || return 0
    done
    sleep 0.1
  done
  fail "the machine did not start: $(tail -n 5 "$1/console.log")"
}

inside() {
  await_init "$1"
  shift
  nsenter --target "$init" --pid --mount --uts --ipc --net --cgroup --root -- \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    sh -c 'cd / && exec "$@"' sh "$@"
}

await_up() {
  for _ in $(seq 300); do
    state=$(inside "$1" systemctl is-system-running 2>/dev/null || true)
    case $state in
      running | degraded) [ ! -e "$1/connected" ] || return 0 ;;
    esac
    sleep 0.1
  done
  fail "the machine did not come up ($state): $(tail -n 5 "$1/console.log")"
}

stop() {
  pid=$(cat "$1/pid" 2>/dev/null || true)
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
  # Its mounts end with its last process.
  for _ in $(seq 50); do
    rm -rf --one-file-system "$1" 2>/dev/null && return 0
    sleep 0.1
  done
  fail "cannot remove \"$1\""
}

do=${1:-help}
[ $# = 0 ] || shift
case $do in
  make) make_tree "$@" ;;
  boot) boot "$@" ;;
  become_machine) become_machine "$@" ;;
  exec) inside "$@" ;;
  wait) await_up "$@" ;;
  stop) stop "$@" ;;
  *) sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p}' "$0" ;;
esac
