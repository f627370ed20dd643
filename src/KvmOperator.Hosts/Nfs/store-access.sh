#!/bin/sh
# Writes, locks and reads back a file in the store $1 as QEMU's user, and prints the store's mark and that user's number. $2 is the mark that it had before; empty when it had none.
# The file is made as root and handed to QEMU's user, as libvirt does it with disks. The lock is one of the server's, as QEMU's are.

store=$1 known=$2
user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
[ -n "$user" ] || { echo 'QEMU has no user here: libvirt is not installed' >&2; exit 1; }
mountpoint -q -- "$store" || { echo "$store is not mounted" >&2; exit 1; }

mark=$store/.kvm-operator-store
if [ -n "$known" ] && [ "$(cat "$mark" 2>/dev/null)" != "$known" ]; then
  # A server whose own disk is not mounted serves the empty folder below it: what is made there is hidden later.
  echo "the folder is not the one that it was: its mark is not the one that this store had. On the server, see whether the disk with the images is mounted. If another folder is meant: echo $known > $mark" >&2
  exit 1
fi

# A test that was cut off leaves its file; those of this folder are few, the store's own may be many thousands.
tests=$store/.kvm-operator-tests
if [ ! -d "$tests" ]; then
  for old in "$store"/.kvm-operator-test-* "$store"/.kvm-operator-??????; do [ ! -f "$old" ] || rm -f -- "$old"; done
  mkdir -m 0755 -- "$tests" 2>/dev/null
fi
find "$tests" -type f -mmin +10 -exec rm -f -- {} + 2>/dev/null

file='' draft=''
trap 'rm -f -- "$file" "$draft"' EXIT
trap 'exit 1' TERM INT HUP
if [ ! -s "$mark" ]; then
  draft=$(mktemp "$tests/mark-XXXXXX") && cat /proc/sys/kernel/random/uuid > "$draft" && chmod 0644 "$draft" || exit 1
  ln "$draft" "$mark" 2>/dev/null
fi

# Disks belong to the user's number, not to the name.
tell() { cat "$mark" && id -u "$user"; }

# full TEXT: whether it says that nothing more fits. Then the store is what it was to the guests that are there, and says so elsewhere.
full() { case $1 in *'No space left'* | *'quota exceeded'*) return 0 ;; *) return 1 ;; esac; }

if ! file=$(mktemp "$tests/test-XXXXXX" 2>&1); then
  said=$file file=
  full "$said" && tell && exit 0
  printf '%s\n' "$said" >&2
  exit 1
fi
chown "$user" "$file" || exit 1
wanted=$(cat /proc/sys/kernel/random/uuid)
# shellcheck disable=SC2016 # The inner shell's.
if ! said=$(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
  flock --nonblock "$file" sh -c 'printf %s "$1" | dd of="$2" conv=notrunc,fsync status=none' sh "$wanted" "$file" 2>&1); then
  full "$said" && tell && exit 0
  printf '%s\n' "$said" >&2
  exit 1
fi
[ "$(cat "$file")" = "$wanted" ] || { echo 'what was written could not be read back' >&2; exit 1; }
tell
