#!/bin/sh
# Makes the key pair by which a machine's root logs in to its peers, unless it is there.
#   KEY-FILE
# Prints its public key, then each of the machine's own host keys, a line each.

# shellcheck disable=SC2174 # Root's home is there.
mkdir -p -m 0700 "$(dirname "$1")" || exit 1
if [ ! -s "$1" ] || [ ! -s "$1.pub" ]; then
  rm -f "$1" "$1.pub"
  # Machines in FIPS mode make no ed25519 keys.
  ssh-keygen -q -t ed25519 -N '' -C "kvm-operator@$(hostname)" -f "$1" 2>/dev/null || {
    rm -f "$1" "$1.pub"
    ssh-keygen -q -t ecdsa -b 256 -N '' -C "kvm-operator@$(hostname)" -f "$1" || exit 1
  }
fi
cut -d ' ' -f 1,2 "$1.pub"
for key in /etc/ssh/ssh_host_*_key.pub; do cut -d ' ' -f 1,2 "$key"; done
