#!/bin/sh
# One look at a host, where it cannot be listened to. Behind section.sh, and in the variable "script": it calls itself under a time limit for the parts that may hang.
#   MOUNT-PATH…   the stores
# Prints the sections kernel, domains, networks, bridges, and store PATH for each store that answered in time.
#
# libvirt is asked by two processes, however many domains there are; UUIDs go into the second one's text, never names. What the kernel tells is read by one process, the first lines of each
# file: every process of a look is paid for on each host, every ten seconds. A store is probed by a process of its own, because a hung mount holds whoever touches it; all stores at once and
# beside libvirt, so that many hung ones take no longer than one. A probe's answer appears as a whole file: one that even a kill does not end is not waited for.

domains() {
  uuids=$(virsh -r list --all --uuid) || return
  commands='domstats --raw --nowait --state --cpu-total --balloon --vcpu'
  for uuid in $uuids; do
    echo "@listed $uuid"
    commands="$commands; echo; echo @domain $uuid; dumpxml $uuid"
  done
  virsh -r "$commands; echo; echo @after; list --all --uuid"
  echo @end
}
networks() {
  virsh -r net-list --name && echo @end
}
bridges() {
  for path in /sys/class/net/*/bridge; do
    path=${path%/bridge}
    [ ! -d "$path/bridge" ] || echo "${path##*/}"
  done
  echo @end
}
store() {
  mountpoint -q -- "$1" || { echo 'not mounted'; return; }
  stat -f -c 'size %S %b %a' -- "$1"
}
case $1 in
  @domains) domains; exit ;;
  @networks) networks; exit ;;
  @bridges) bridges; exit ;;
  @store) store "$2"; exit ;;
esac
answers=$(mktemp -d /run/kvm-operator-look.XXXXXX 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$answers"' EXIT
trap 'exit 1' HUP INT TERM
number=0
for path; do
  number=$((number + 1))
  { section "store $path" 4 /bin/sh -c "$script" kvm-operator @store "$path" > "$answers/part$number" && mv "$answers/part$number" "$answers/whole$number"; } </dev/null >/dev/null 2>&1 &
done
section kernel 2 grep -s -H -m 3 '' /proc/sys/kernel/random/boot_id /sys/devices/system/cpu/online /proc/stat /proc/loadavg /proc/meminfo /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io /sys/kernel/mm/hugepages/hugepages-*kB/nr_hugepages
section domains 15 /bin/sh -c "$script" kvm-operator @domains
section networks 10 /bin/sh -c "$script" kvm-operator @networks
section bridges 2 /bin/sh -c "$script" kvm-operator @bridges
all_whole() {
  [ "$number" -gt 0 ] || return 0
  set -- "$answers"/whole*
  [ "$#" -eq "$number" ] && [ -e "$1" ]
}
patience=$((60 * PACE))
while [ "$patience" -gt 0 ] && ! all_whole; do
  patience=$((patience - 1))
  sleep 0.1
done
[ "$number" -eq 0 ] || cat "$answers"/whole* 2>/dev/null
true
