#!/bin/sh
# Makes disks one after the other, behind the guest's namespace, the stores, and the text of vet-disk.sh, the percentage and the most bytes of a store that stay free.
# Six arguments each: the file, its format, its size in bytes (0: the source's), the kind (empty, copy, linked), the source, the source's format (empty when its name says it).
# Each is written under a temporary name and renamed when complete; one that is there is left alone. What fails leaves nothing behind.
# Says at which disk it is, lets qemu-img say how far, and says at the end what is known of each: a line "info" with qemu-img's JSON in base64 and the file.
# Ends with 3 when something stands in the way of a disk before anything was written, and with another status when it failed while it was at it.

namespace=$1 stores=$2 vet=$3 percent=$4 most=$5
shift 5
part='' child='' watch='' errors=$(mktemp) || exit 1
ended() {
  for process in $watch $child; do kill "$process" 2>/dev/null; done
  [ -z "$part" ] || rm -f -- "$part"
  rm -f -- "$errors"
}
trap ended EXIT
# An ended unit ends the shell, too; what it was at goes away.
trap 'exit 1' TERM INT HUP
user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)

refuse() {
  echo "$1" >&2
  exit 3
}

# space: what is left in the folder's store, and what of it stays free for the guests that are there. Sets "left" and "reserve".
space() {
  # shellcheck disable=SC2046 # Three numbers are meant.
  set -- $(stat -f -c '%a %b %S' -- "$folder")
  left=$(($1 * $3))
  reserve=$(($2 * $3 * percent / 100))
  [ "$reserve" -le "$most" ] || reserve=$most
}

# number NAME: the number that a JSON object on standard input has under a name of its own; nothing when it has none. What other objects within it say does not count.
number() {
  awk -v name="\"$1\"" '
    { text = text $0 "\n" }
    END {
      while (length(text) > 0) {
        if (match(text, /^[ \t\r\n]+/)) { }
        else if (match(text, /^"([^"\\]|\\.)*"/)) { word = substr(text, 1, RLENGTH) }
        else if (match(text, /^[-+.0-9A-Za-z]+/)) { if (depth == 1 && key == name) { print substr(text, 1, RLENGTH); exit } }
        else {
          RLENGTH = 1
          sign = substr(text, 1, 1)
          if (sign == "{" || sign == "[") depth++
          else if (sign == "}" || sign == "]") depth--
          else if (depth == 1) key = sign == ":" ? word : ""
        }
        text = substr(text, RLENGTH + 1)
      }
    }'
}

# fits BYTES: refuses what would take from the store what its guests need.
fits() {
  space
  [ "$left" -ge $(($1 + reserve)) ] ||
    refuse "it needs $(($1 / 1048576)) MiB, and the store has $((left / 1048576)) MiB left, of which $((reserve / 1048576)) MiB stay free for the guests that are there: make room in the store, or name another one"
}

# is_inside FOLDER: whether it is in one of the stores, and not only called so.
is_inside() {
  inside=$(realpath -e -- "$1")/
  for store in $stores; do
    case $inside in "$(realpath -e -- "$store")"/*) return 0 ;; esac
  done
  return 1
}

# vetted ROLE FILE FORMAT: refuses a file that must not be opened. Sets "format_found".
vetted() {
  said=$(sh -c "$vet" vet-disk "$1" "$2" "$3" "$namespace" "$stores")
  case $? in
    0) format_found=$(printf '%s\n' "$said" | sed -n 's/^format //p') ;;
    *) refuse "$(printf '%s\n' "$said" | sed -n 's/^refused //p' | grep . || echo "$2 cannot be read")" ;;
  esac
}

# convert ARGUMENTS: copies, and gives up before the store is full: others write to it, too, and all guests would stand still.
convert() {
  qemu-img convert "$@" 2>"$errors" &
  child=$!
  # It ends with the copy: a signal that comes before the shell is ready for it is lost.
  (
    trap - EXIT TERM INT HUP
    while sleep 1 && kill -0 "$child"; do
      space
      [ "$left" -ge $((reserve / 2)) ] || kill "$child"
    done
  ) >/dev/null 2>&1 &
  watch=$!
  wait "$child"
  status=$?
  child=
  kill "$watch" 2>/dev/null
  watch=
  cat -- "$errors" >&2
  space
  if [ "$status" -ne 0 ] && [ "$left" -lt $((reserve / 2)) ]; then echo "the copy was given up, since the store has only $((left / 1048576)) MiB left: make room in it" >&2; fi
  return "$status"
}

create() {
  target=$1 format=$2 size=$3 kind=$4 source=$5 source_format=$6
  is_made=
  if [ -e "$target" ] || [ -L "$target" ]; then return 0; fi
  printf 'disk %s\n' "$target"
  folder=$(dirname "$target")
  # What a guest had, or has, is told by its format; anything else comes from people.
  case $kind:$source_format in copy: | linked:) role=image ;; *) role=disk ;; esac
  [ "$kind:$role" != linked:image ] || role=base
  if [ "$kind" != empty ]; then
    vetted "$role" "$source" "$source_format"
    source_format=$format_found
    if [ "$role:$source_format" != disk:qcow2 ] && [ "$source_format" = qcow2 ]; then
      qemu-img check -q -f qcow2 -- "$source" >/dev/null 2>&1
      [ $? -ne 2 ] || refuse "$source is damaged or incomplete ($(stat -L -c %s -- "$source") bytes): fetch it again (qemu-img check says more)"
    fi
    if [ "$size" -gt 0 ]; then
      # Deeper in the document newer versions say how long the file is, in the same words.
      now=$(qemu-img info -U -f "$source_format" --output=json -- "$source" | number virtual-size)
      [ "$size" -ge "${now:-0}" ] || refuse "the source is larger ($now bytes) than the disk may be ($size bytes)"
    fi
  fi
  mkdir -p -- "$folder" || return 1
  is_inside "$folder" || refuse "$folder lies outside of the stores of the pool: see what it is a link to"
  part=$target.kvm-operator-part
  rm -f -- "$part" || return 1
  need=1048576
  if [ "$kind" = copy ]; then need=$(qemu-img measure --output=json -f "$source_format" -O qcow2 -- "$source" | number required); fi
  fits "${need:-1048576}"
  case $kind in
    empty) qemu-img create -q -f "$format" -- "$part" "$size" || return 1 ;;
    copy)
      if ! convert -p -W -m 8 -t none -f "$source_format" -O "$format" -- "$source" "$part"; then
        # Not every store can be written past the host's memory.
        grep -qi -e o_direct -e 'invalid argument' "$errors" || return 1
        convert -p -f "$source_format" -O "$format" -- "$source" "$part" || return 1
      fi
      ;;
    linked) qemu-img create -q -f qcow2 -b "$source" -F "$source_format" -- "$part" || return 1 ;;
  esac
  if [ "$size" -gt 0 ] && [ "$kind" != empty ]; then
    now=$(qemu-img info -f "$format" --output=json -- "$part" | number virtual-size)
    [ "$size" -eq "$now" ] || qemu-img resize -q -f "$format" -- "$part" "$size" || return 1
  fi
  [ -z "$user" ] || chown "$user:" -- "$part" || return 1
  chmod 0600 -- "$part" && sync -- "$part" && mv -n -- "$part" "$target" || return 1
  [ ! -e "$part" ] || return 1
  part=
  is_made=yes
}

infos=
while [ $# -ge 6 ]; do
  create "$1" "$2" "$3" "$4" "$5" "$6" || exit 1
  # One that was there may be anybody's.
  [ -n "$is_made" ] || vetted disk "$1" "$2"
  infos="$infos
info $(qemu-img info -U -f "$2" --output=json -- "$1" | base64 -w 0) $1"
  shift 6
done
printf '%s\n' "$infos"
