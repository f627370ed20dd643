#!/bin/sh
# Runs on a machine of the lab: what it says of itself when a scenario has failed. Every question has a deadline, since what is looked for may be something that hangs.
#   $1  how long each question may take, in seconds
patience=$1
ask() { timeout "$patience" "$@" 2>&1 </dev/null || echo "($1 ended with $?)"; }

echo "load $(cut -d ' ' -f 1-3 /proc/loadavg), up $(cut -d ' ' -f 1 /proc/uptime) s, pressure of processors: $(head -n 1 /proc/pressure/cpu 2>/dev/null)"
ps -eo pid,ppid,stat,etimes,time,wchan:20,args | awk '/[v]irt|[q]emu|[v]irsh|[s]sh |[n]fs/ { print substr($0, 1, 150) }'
if command -v virsh >/dev/null; then
  ask virsh -r list --all
  for guest in $(ask virsh -r list --name); do
    echo "$guest: $(ask virsh -r domstate --reason "$guest" | head -n 1); $(ask virsh -r domjobinfo "$guest" | tr -s ' \n' ' ')"
  done
  systemctl list-units --all --plain --no-legend 'kvm-operator-*' 2>/dev/null | cut -c 1-150
  for log in /run/kvm-operator/jobs/*.err /var/log/libvirt/qemu/*.log; do
    [ ! -s "$log" ] || { echo "$log:"; tail -n 4 "$log" | cut -c 1-200; }
  done
fi
journalctl -q --no-pager -n 15 -o short-monotonic -u libvirtd -u virtqemud -u ssh -u nfs-server 2>/dev/null | cut -c 1-200
dmesg 2>/dev/null | tail -n 4 | cut -c 1-200
