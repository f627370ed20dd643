#!/bin/sh
# Starts libvirt's default network, now and with the machine.
#   RANGE   such as 192.168.122; empty for an active network, which stays as it is
# An inactive one is redefined there unless that is its range, with all else as it was; a missing one is defined.

if [ -n "$1" ]; then
  if ! virsh net-info default >/dev/null 2>&1; then
    # libvirt finds a free name for the bridge itself.
    echo "<network><name>default</name><forward mode='nat'/><bridge stp='on' delay='0'/><ip address='$1.1' netmask='255.255.255.0'><dhcp><range start='$1.2' end='$1.254'/></dhcp></ip></network>" |
      virsh net-define /dev/stdin || exit 1
  else
    xml=$(virsh net-dumpxml --inactive default) || exit 1
    now=$(printf '%s\n' "$xml" | sed -n "s/.*<ip address='\([0-9]*\.[0-9]*\.[0-9]*\)\.[0-9]*'.*/\1/p" | head -n 1)
    if [ -n "$now" ] && [ "$now" != "$1" ]; then
      pattern=$(printf %s "$now" | sed 's/\./\\./g')
      printf '%s\n' "$xml" | sed "s/'$pattern\./'$1./g" | virsh net-define /dev/stdin || exit 1
    fi
  fi
fi
virsh net-autostart default || exit 1
[ -z "$1" ] || virsh net-start default || {
  # dnsmasq says that the port is taken, and not by whom.
  holder=$(ss -Hulpn sport = :67 2>/dev/null | sed -n 's/.*users:(\(.*\)).*/\1/p' | head -n 3 | tr '\n' ' ')
  [ -z "$holder" ] || echo "UDP port 67, which it needs for DHCP, is held by $holder" >&2
  exit 1
}
