#!/bin/sh
# Says which IPv4 networks a machine has, so that libvirt's default one can be put beside them. Changes nothing.
# Prints, a line each:
#   network ADDRESS/LENGTH   one of the host, or of another network of libvirt, running or not
#   own ADDRESS/MASK         libvirt's default network as it is defined; nothing when there is none
#   active yes|no            whether that is active; nothing when there is none

networks=$(virsh -r net-list --all --name) && networks=$(printf '%s\n' "$networks" | sed 's/ *$//') || exit 1
ranges() { virsh -r net-dumpxml --inactive "$1" | sed -n "s/.*<ip [^>]*address='\([0-9.]*\)'[^>]* \(netmask\|prefix\)='\([0-9.]*\)'.*/$2 \1\/\3/p"; }
bridge=
if printf '%s\n' "$networks" | grep -qx default; then
  virsh -r net-info default | sed -n 's/^Active: */active /p'
  bridge=$(virsh -r net-info default | sed -n 's/^Bridge: *//p')
  ranges default own
fi
printf '%s\n' "$networks" | while IFS= read -r name; do [ -z "$name" ] || [ "$name" = default ] || ranges "$name" network; done
ip -4 -o addr show | awk -v own="$bridge" '$2 != own { print "network", $4 }'
ip -4 route show | awk -v own="$bridge" '$1 ~ /\// { for (i = 2; i < NF; i++) if ($i == "dev" && $(i + 1) == own) next; print "network", $1 }'
