#!/bin/sh
# Makes the image from which cloud-init reads.
#   cloud-init.sh read FILE            prints the mark of what it was made from: an empty line when there is none, nothing at all when there is no file
#   cloud-init.sh make FILE MARK KEEP  reads lines of a file's name and its content in base64; one that is there is left alone when KEEP is "keep", and replaced otherwise
# The mark stands in the image's own label (ISO 9660, the identifier of the volume set in sector 16).

target=$2
case $1 in
  read)
    [ -e "$target" ] || exit 0
    mark=$(od -An -v -c -j 32958 -N 72 -- "$target" | tr -d ' \n')
    case $mark in KVMOPERATOR*) mark=${mark#KVMOPERATOR} && echo "${mark%%[!0-9A-F]*}" ;; *) echo ;; esac
    ;;
  make)
    [ "$4" != keep ] || [ ! -e "$target" ] || exit 0
    umask 077
    part=$target.kvm-operator-part
    folder=$(mktemp -d) || exit 1
    trap 'rm -rf -- "$folder" "$part"' EXIT
    trap 'exit 1' TERM INT HUP
    while read -r name content; do printf %s "$content" | base64 -d > "$folder/$name" || exit 1; done
    parent=$(dirname "$target")
    [ -d "$parent" ] || mkdir -m 0755 -- "$parent" || [ -d "$parent" ] || exit 1
    rm -f -- "$part" || exit 1
    xorrisofs -quiet -output "$part" -volid cidata -volset "KVMOPERATOR$3" -joliet -rock "$folder" || exit 1
    user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
    [ -z "$user" ] || chown "$user:" -- "$part" || exit 1
    sync -- "$part" || exit 1
    if [ "$4" = keep ]; then mv -n -- "$part" "$target"; else mv -f -- "$part" "$target"; fi
    ;;
esac
