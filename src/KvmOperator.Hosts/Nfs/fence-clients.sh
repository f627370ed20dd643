#!/bin/sh
# Shuts clients out of the kernel's NFS server, for good and at once: none of them has a lease at the end, and none may mount anything. May be run again.
#   ADDRESS…   the clients; "fences" is the folder where it is remembered
# The order matters: no new lease can begin before the old ones are ended.

mkdir -p "$fences" || exit 1
for address; do : > "$fences/$address" || exit 1; done
sync -f "$fences"
# Who brings the exports in line may have read the fences before, and writes what he read.
mkdir -p /run/kvm-operator && exec 9> /run/kvm-operator/nfs-server.lock && flock -w 15 9 || exit 1
for file in /etc/exports.d/kvm-operator-*.exports; do
  [ -e "$file" ] || continue
  awk -v fenced=" $* " '{ line = $1; for (i = 2; i <= NF; i++) { split($i, part, "("); if (!index(fenced, " " part[1] " ")) line = line " " $i } if (line != $1) print line }' "$file" > "$file.new" &&
    mv -f "$file.new" "$file" || exit 1
done
# A broken line of somebody else lets it fail, and stops nothing: what is left at the end is what counts.
exportfs -r
exportfs -f || exit 1
leases() {
  for folder in /proc/fs/nfsd/clients/*/; do
    [ -r "$folder/info" ] || continue
    for address; do
      if grep -qF -e "address: \"$address:" -e "address: \"[$address]:" "$folder/info" 2>/dev/null; then printf '%s\n' "$folder"; fi
    done
  done
}
for attempt in 1 2 3 4 5 6 7 8; do
  left=$(leases "$@")
  [ -n "$left" ] || break
  for folder in $left; do echo expire > "$folder/ctl" 2>/dev/null; done
done
[ -z "$(leases "$@")" ] || { echo 'a lease is left' >&2; exit 1; }
for address; do
  if exportfs -s | awk -v c="$address(" 'index($2, c) == 1 { found = 1 } END { exit !found }'; then echo "$address may still mount an export" >&2; exit 1; fi
done
