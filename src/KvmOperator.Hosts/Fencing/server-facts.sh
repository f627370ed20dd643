#!/bin/sh
# Says what a proof of exclusion by this server would depend on. Changes nothing.
# Prints, where it can be read:  clients yes|no  (whether the kernel lists NFS clients, and serves)  |  remembers yes|no  (nfsdcld)  |  free BYTES  (where exports are kept)  |  machine ID
export LC_ALL=C
threads=0
IFS= read -r threads 2> /dev/null < /proc/fs/nfsd/threads
if [ -d /proc/fs/nfsd/clients ] && [ "${threads:-0}" -gt 0 ]; then echo 'clients yes'; else echo 'clients no'; fi
if systemctl is-active --quiet nfsdcld; then echo 'remembers yes'; else echo 'remembers no'; fi
df -Pk /var/lib/nfs /etc 2> /dev/null | awk 'NR > 1 && (least == "" || $4 < least) { least = $4 } END { if (least != "") printf "free %.0f\n", least * 1024 }'
[ ! -r /etc/machine-id ] || { IFS= read -r machine < /etc/machine-id && echo "machine $machine"; }
