#!/bin/sh
# Says what is known of disks: pairs of a file and its format. A line each: "info" with qemu-img's JSON in base64, empty when there is no such file, and the file.
# On a store that hangs, also the question whether a file is there has no end.

while [ $# -ge 2 ]; do
  timeout "$((10 * PACE))" test -e "$1"
  case $? in
    0) info=$(timeout "$((10 * PACE))" qemu-img info -U -f "$2" --output=json -- "$1") || exit 1 ;;
    1) info= ;;
    *)
      echo "$1 does not answer: its store hangs" >&2
      exit 1
      ;;
  esac
  printf 'info %s %s\n' "$(printf '%s' "$info" | base64 -w 0)" "$1"
  shift 2
done
