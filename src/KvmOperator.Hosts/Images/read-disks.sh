#!/bin/sh
# Says what is known of disks, behind the guest's namespace, the stores, and the text of vet-disk.sh: a role, a file and its format each. A line each: "info" with qemu-img's JSON in base64, empty when there
# is no such file, and the file; or "refused" with the reason in base64, and the file.
# On a store that hangs, also the question whether a file is there has no end.

namespace=$1 stores=$2 vet=$3
shift 3

hangs() {
  echo "$1 does not answer: its store hangs" >&2
  exit 1
}

# A link whose file is gone is something that is there. What seems to be gone is asked for anew, from the top: for half a minute NFS may know nothing of what another host has just made (acdirmin in nfs(5)).
# Who opens a folder gets to know.
# shellcheck disable=SC2016 # The inner shell's.
is_there='
  fresh() {
    case $1 in /*/*) fresh "${1%/*}" ;; esac
    [ ! -d "$1" ] || true < "$1"
  }
  is_there() { [ -e "$1" ] || [ -L "$1" ]; }
  is_there "$1" || { fresh "${1%/*}"; is_there "$1"; }'

while [ $# -ge 3 ]; do
  timeout "$((10 * PACE))" sh -c "$is_there" sh "$2"
  case $? in
    0)
      said=$(timeout "$((10 * PACE))" sh -c "$vet" vet-disk "$1" "$2" "$3" "$namespace" "$stores")
      case $? in
        0)
          info=$(timeout "$((10 * PACE))" qemu-img info -U -f "$3" --output=json -- "$2") || exit 1
          printf 'info %s %s\n' "$(printf '%s' "$info" | base64 -w 0)" "$2"
          ;;
        124 | 137) hangs "$2" ;;
        *) printf 'refused %s %s\n' "$(printf '%s\n' "$said" | sed -n 's/^refused //p' | base64 -w 0)" "$2" ;;
      esac
      ;;
    1) printf 'info  %s\n' "$2" ;;
    *) hangs "$2" ;;
  esac
  shift 3
done
