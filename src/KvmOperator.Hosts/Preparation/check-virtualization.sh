#!/bin/sh
# Says what a machine lacks to run guests. Changes nothing. Behind libvirt-daemons.sh, left-pools.sh, managed-block.sh and libvirt-guests.sh.
#   yes|no MOUNT-PATH…   whether libvirt's default network is needed, and the stores
# Prints the state of the step: lines that begin with drift, blocked or ready. What the validation says of a machine is good until its next start, and costs a second.

needed=$1 validated=/run/kvm-operator/validated
shift
for daemon in $daemons; do
  enabled "$daemon" || echo "drift $daemon does not start with the machine"
  # An idle daemon ends by itself, and its socket starts it again.
  case $daemon in *.socket) systemctl is-active --quiet "$daemon" || echo "drift $daemon does not listen" ;; esac
done
# Without the device the validation can only say no; loading the module comes first.
if [ ! -e /dev/kvm ]; then
  grep -qwE 'vmx|svm' /proc/cpuinfo || echo 'blocked the processor offers no virtualisation: switch it on in the firmware'
  echo 'drift /dev/kvm is missing; if it stays so, see why modprobe kvm-intel or kvm-amd fails'
elif [ ! -e "$validated" ]; then
  grep -qwE 'vmx|svm' /proc/cpuinfo || echo 'blocked the processor offers no virtualisation: switch it on in the firmware'
  failed=$(virt-host-validate -q qemu 2>&1 | grep FAIL | sed 's/ *: FAIL.*//' | tr '\n' ',')
  if [ -n "$failed" ]; then echo "blocked virt-host-validate says no to: $failed"; else mkdir -p "${validated%/*}" && : > "$validated"; fi
fi
if ! networks=$(timeout "$((10 * PACE))" virsh -r net-list --all 2>/dev/null); then
  echo 'drift libvirt does not answer'
elif [ "$needed" = yes ]; then
  # Name, state, autostart, persistent.
  printf '%s\n' "$networks" | awk '
    $1 == "default" { found = 1; if ($3 != "yes") print "drift the default network does not start with the machine"; if ($2 != "active") print "drift the default network is not active" }
    END { if (!found) print "drift libvirt has no default network" }'
fi
userfaultfd=
{ IFS= read -r userfaultfd < /proc/sys/vm/unprivileged_userfaultfd; } 2>/dev/null
[ "$userfaultfd" != 0 ] || echo 'drift QEMU may not use userfaultfd, which post-copy needs'
libvirt_guests_check
left=$(left_pools "$@" | tr '\n' ' ')
[ -z "$left" ] || echo "drift storage pools are left that virt-install made for guests: $left"
echo 'ready KVM and libvirt work'
