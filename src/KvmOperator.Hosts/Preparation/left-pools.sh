#!/bin/sh
# Storage pools that virt-install made for guests' folders when it was asked for their definitions; functions for other scripts.
# One is told from a person's by all of this: it is a directory pool that starts with libvirt, its target is a guest's own folder (namespace_name) directly in one of our stores, it has that
# folder's name as virt-install gives it, and no domain names it.

# Prints their names. The arguments are the stores' mount paths.
left_pools() {
  [ -d /etc/libvirt/storage/autostart ] || return 0
  for pool in /etc/libvirt/storage/*.xml; do
    [ ! -e "/etc/libvirt/storage/autostart/${pool##*/}" ] || echo "$pool"
  done | mounts="$*" awk '
    function inner(text, tag) { return match(text, "<" tag ">[^<]*</" tag ">") ? substr(text, RSTART + length(tag) + 2, RLENGTH - 2 * length(tag) - 5) : "" }
    BEGIN { count = split(ENVIRON["mounts"], words, " "); for (i = 1; i <= count; i++) ours[words[i]] }
    {
      type = name = path = ""
      while ((getline line < $0) > 0) {
        if (line ~ /<pool type=.dir.>/) type = "dir"
        if (name == "") name = inner(line, "name")
        if (path == "") path = inner(line, "path")
      }
      close($0)
      folder = path; sub(/.*\//, "", folder)
      store = substr(path, 1, length(path) - length(folder) - 1)
      end = name; sub(/-[0-9]+$/, "", end)
      if (type == "dir" && store in ours && (name == folder || end == folder) && folder ~ /^[a-z0-9][-a-z0-9.]*_[a-z0-9][-a-z0-9.]*$/) print name
    }' | while read -r name; do
    grep -qsF -e "pool='$name'" -e "pool=\"$name\"" /etc/libvirt/qemu/*.xml /run/libvirt/qemu/*.xml || echo "$name"
  done
}

# Removes them. Nothing in their folders is touched.
remove_left_pools() {
  for name in $(left_pools "$@"); do
    virsh pool-destroy -- "$name" >/dev/null 2>&1
    virsh pool-undefine -- "$name" >/dev/null || return 1
  done
}
