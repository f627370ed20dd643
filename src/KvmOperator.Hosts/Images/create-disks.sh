#!/bin/sh
# Makes disks one after the other. Six arguments each: the file, its format, its size in bytes (0: the source's), the kind (empty, copy, linked), the source, the source's format.
# Each is written under a temporary name and renamed when complete; one that is there is left alone.
# Says at which disk it is, lets qemu-img say how far, and says at the end what is known of each: a line "info" with qemu-img's JSON in base64 and the file.

part=
trap '[ -z "$part" ] || rm -f -- "$part"' EXIT
# An ended unit ends the shell, too; what it was at goes away.
trap 'exit 1' TERM INT HUP
user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)

create() {
  target=$1 format=$2 size=$3 kind=$4 source=$5 source_format=$6
  [ ! -e "$target" ] || return 0
  printf 'disk %s\n' "$target"
  part=$target.kvm-operator-part
  mkdir -p -- "$(dirname "$target")" && rm -f -- "$part" || return 1
  set -- ${source_format:+-f "$source_format"}
  case $kind in
    empty) qemu-img create -q -f "$format" -- "$part" "$size" || return 1 ;;
    copy) qemu-img convert -p -W -m 8 -t none "$@" -O "$format" -- "$source" "$part" || qemu-img convert -p "$@" -O "$format" -- "$source" "$part" || return 1 ;;
    linked)
      [ -n "$source_format" ] || source_format=$(qemu-img info -U --output=json -- "$source" | sed -n 's/^    "format": *"\([^"]*\)".*/\1/p' | head -n 1)
      qemu-img create -q -f qcow2 -b "$source" -F "$source_format" -- "$part" || return 1 ;;
  esac
  if [ "$size" -gt 0 ] && [ "$kind" != empty ]; then
    # Deeper in the document newer versions say how long the file is, in the same words.
    now=$(qemu-img info -f "$format" --output=json -- "$part" | sed -n 's/^    "virtual-size": *\([0-9]*\).*/\1/p' | head -n 1)
    if [ "$size" -lt "$now" ]; then echo "the source is larger ($now bytes) than the disk may be ($size bytes)" >&2; return 1; fi
    [ "$size" -eq "$now" ] || qemu-img resize -q -f "$format" -- "$part" "$size" || return 1
  fi
  [ -z "$user" ] || chown "$user:" -- "$part" || return 1
  chmod 0600 -- "$part" && sync -- "$part" && mv -n -- "$part" "$target" || return 1
  part=
}

infos=
while [ $# -ge 6 ]; do
  create "$1" "$2" "$3" "$4" "$5" "$6" || exit 1
  infos="$infos
info $(qemu-img info -U -f "$2" --output=json -- "$1" | base64 -w 0) $1"
  shift 6
done
printf '%s\n' "$infos"
