#!/bin/sh
# What virt-install writes down for guests of one shape, kept in the folder $2 under the key $3.
#   read KEPT KEY                              prints the state of the software, then the file if there is one
#   make KEPT KEY FOLDER FILES ARGUMENTS...    asks virt-install; FILES are empty files that have to be in FOLDER meanwhile

# The state of all that decides what virt-install writes down: a package has other files than the version before it.
software() {
  stat -L -c '%n %s %Y' /usr/bin/virt-install /usr/share/virt-manager/virtinst/*.py /usr/share/osinfo/VERSION /usr/share/osinfo/os/*/* \
    /usr/sbin/libvirtd /usr/sbin/virtqemud /usr/bin/qemu-system-x86_64 /usr/libexec/qemu-kvm /usr/share/qemu/firmware/*.json /etc/qemu/firmware/*.json /usr/bin/swtpm 2>/dev/null | cksum
}

case $1 in
  read)
    software
    cat -- "$2/$3" 2>/dev/null
    exit 0
    ;;
  make)
    kept=$2 key=$3 folder=$4 files=$5
    shift 5
    # An upgrade while virt-install runs must not look as if it had been before it.
    state=$(software)
    mkdir -p -- "$kept" "$folder" || exit 1
    trap 'rm -rf -- "$folder"; rmdir -- "${folder%/*}" 2>/dev/null' EXIT
    for file in $files; do : > "$folder/$file" || exit 1; done
    answer=$(virt-install "$@" </dev/null) || exit 1
    # What is asked for again is written again; the rest goes.
    find "$kept" -type f -mtime +30 -exec rm -f -- {} +
    printf '%s\n\n%s\n' "$state" "$answer" > "$kept/$key.new" && mv -f -- "$kept/$key.new" "$kept/$key"
    ;;
esac
