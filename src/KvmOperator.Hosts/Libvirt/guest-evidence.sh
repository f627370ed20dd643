#!/bin/sh
# What shows from outside that a guest works. "$1" is its domain. Prints lines: "agent" when its agent answers, "lease ADDRESS" and "neighbour ADDRESS" for the addresses that it took and that
# it was seen to use, and "written BYTES" for each of its disks. What cannot be asked is left out.

domain=$1

# addresses SOURCE WORD: those that are no link's own.
addresses() {
  virsh -r -q domifaddr --source "$1" -- "$domain" 2>/dev/null | awk -v word="$2" '$3 ~ /^ipv[46]$/ { sub("/.*", "", $4); if ($4 !~ /^(fe80:|169\.254\.|127\.|::1)/) print word, $4 }'
}

if timeout "$((4 * ${PACE:-1}))" virsh qemu-agent-command --timeout 3 -- "$domain" '{"execute":"guest-ping"}' >/dev/null 2>&1; then echo agent; fi
addresses lease lease
addresses arp neighbour
virsh -r domstats --block -- "$domain" 2>/dev/null | sed -n 's/^ *block\.[0-9]*\.wr\.bytes=\([0-9]*\)$/written \1/p'
exit 0
