#!/bin/sh
# Says whether a disk's file may be opened, without opening it as an image: what a guest or a download wrote there is not trusted, neither its format nor the files that it points to.
# Only headers are read, as QEMU's docs/interop/qcow2.txt and block/vmdk.c lay them out.
#   vet-disk.sh ROLE FILE FORMAT NAMESPACE STORES
# ROLE: disk (known as a guest's own), new (somebody else's file that is to become a guest's disk), image (what a disk begins with), base (what a disk is linked to), chain (nothing is refused: names only).
# FORMAT is known, or empty for an image whose name says it. NAMESPACE is the guest's. STORES, separated by spaces, are where all the files have to be.
# Prints "format NAME" and a line "backing FILE" for each file that it is linked to, from the nearest to the last; or "refused WHY" and ends with 3.

role=$1 file=$2 format=$3 namespace=$4 stores=$5
set -f

refuse() {
  printf 'refused %s\n' "$(printf %s "$1" | LC_ALL=C tr -d '\000-\037\177')"
  exit 3
}

# hex FILE OFFSET COUNT: bytes as hexadecimal digits, fewer behind its end.
hex() { od -An -v -tx1 -j "$2" -N "$3" -- "$1" 2>/dev/null | tr -d ' \n'; }

# text FILE OFFSET COUNT: what can be read of it, on one line.
text() { tail -c "+$(($2 + 1))" -- "$1" | head -c "$3" | LC_ALL=C tr -d '\000-\037\177'; }

# plain FILE OFFSET COUNT: whether all of it can be read so.
plain() { [ "$(tail -c "+$(($2 + 1))" -- "$1" | head -c "$3" | LC_ALL=C tr -d '\000-\037\177' | wc -c)" -eq "$3" ]; }

# fresh FOLDER: asks the store's server anew what is there, from the top: for half a minute NFS may know nothing of what another host has just made (acdirmin in nfs(5)). Who opens a folder gets to know.
fresh() {
  case $1 in /*/*) fresh "${1%/*}" ;; esac
  [ ! -d "$1" ] || true < "$1"
}

# place FILE: refuses what is no file, or lies outside of the stores or in a folder of another namespace's guest. Says whether a guest's folder holds it, in "owned".
place() {
  # A link has a file of any kind and place behind it; a pipe or a device would hold whoever opens it, or be the machine's own disk.
  [ -e "$1" ] || fresh "${1%/*}"
  [ -e "$1" ] || refuse "there is no file $1"
  [ -f "$1" ] || refuse "$1 is no file: name a disk image"
  real=$(realpath -e -- "$1") || refuse "there is no file $1"
  within=
  for root in $roots; do
    case $real in "$root"/*) [ -n "$within" ] && [ "${#within}" -le "$((${#real} - ${#root} - 1))" ] || within=${real#"$root"/} ;; esac
  done
  [ -n "$within" ] || refuse "$1 lies outside of the stores of the pool: copy it into a store"
  owned=
  folders=${within%/*}
  [ "$folders" != "$within" ] || folders=
  while [ -n "$folders" ]; do
    case ${folders%%/*} in
      "${namespace}"_*) owned=yes ;;
      [a-z0-9]*_[a-z0-9]*) case ${folders%%/*} in *[!a-z0-9._-]*) ;; *) refuse "$1 lies in the folder of a guest of another namespace: name a file outside of other guests' folders" ;; esac ;;
    esac
    case $folders in */*) folders=${folders#*/} ;; *) folders= ;; esac
  done
}

# kind FILE: what a file that should be a disk is instead, by how it begins; nothing for one that may be a disk.
kind() {
  case $(hex "$1" 0 8) in
    '') echo "an empty file" ;;
    fd377a585a00*) echo "compressed with xz (unxz unpacks it)" ;;
    1f8b*) echo "compressed with gzip (gunzip unpacks it)" ;;
    425a68*) echo "compressed with bzip2 (bunzip2 unpacks it)" ;;
    28b52ffd*) echo "compressed with zstd (unzstd unpacks it)" ;;
    04224d18*) echo "compressed with lz4 (unlz4 unpacks it)" ;;
    504b0304*) echo "a zip archive (unzip unpacks it)" ;;
    377abcaf271c*) echo "a 7z archive (7z x unpacks it)" ;;
    526172211a*) echo "a rar archive (unrar unpacks it)" ;;
    *)
      if [ "$(text "$1" 257 5)" = ustar ]; then
        echo "a tar archive (tar -x unpacks it; an OVA is a VmwareImport's)"
      elif [ "$(head -c 512 -- "$1" | LC_ALL=C tr -d '\011\012\015\040-\176\200-\377' | wc -c)" -eq 0 ]; then
        echo "a text file"
      fi
      ;;
  esac
}

# refuse_kind FILE WHY: says what it is instead of a disk image, and its size.
refuse_kind() {
  is=$(kind "$1")
  refuse "$1 is no disk image: ${is:-$2}, $(stat -L -c %s -- "$1") bytes"
}

# format_of FILE: the format in which a file is read whose name or first bytes have to say it. No format is guessed that could point to other files.
format_of() {
  head=$(hex "$1" 0 8)
  case $1 in
    *.qcow2) echo qcow2 ;;
    *.raw) echo raw ;;
    *.vmdk) echo vmdk ;;
    *.vhdx) echo vhdx ;;
    *.vdi) echo vdi ;;
    *.vhd) echo vpc ;;
    *) case $head in 514649fb*) echo qcow2 ;; 4b444d56*) echo vmdk ;; 7668647866696c65) echo vhdx ;; 636f6e6563746978) echo vpc ;; *) if [ "$(hex "$1" 64 4)" = 7f10dabe ]; then echo vdi; else echo raw; fi ;; esac ;;
  esac
}

# raw FILE: any bytes are a raw disk. What comes from people is looked at: a guest would not start from it, and would "run".
raw() {
  case $role in new | image | base) ;; *) return 0 ;; esac
  # A guest may have written anything to a disk of its own, and it is one all the same.
  [ -z "$owned" ] || return 0
  case $(hex "$1" 0 8) in
    514649fb*) refuse "$1 is a qcow2 image, and would be taken for a raw one: name it .qcow2, or say format: Qcow2" ;;
    4b444d56* | 7668647866696c65 | 636f6e6563746978) refuse "$1 is an image of another product, and would be taken for a raw one: name it .vmdk, .vhdx or .vhd, or convert it with qemu-img" ;;
  esac
  [ -z "$(kind "$1")" ] || refuse_kind "$1"
  size=$(stat -L -c %s -- "$1")
  if [ "$size" -lt 1048576 ] || [ $((size % 512)) -ne 0 ]; then refuse_kind "$1" "a raw one has at least 1 MiB and whole sectors"; fi
}

# qcow2 FILE: sets "backing" and "backing_format"; refuses other files of any kind but a backing file.
qcow2() {
  backing=
  backing_format=
  image=$1
  # shellcheck disable=SC2046 # A word each is meant: a byte of the header.
  set -- $(od -An -v -tu1 -N 104 -- "$image")
  [ "$1 $2 $3 $4" = '81 70 73 251' ] || refuse_kind "$image" "it should be qcow2, and does not begin like that"
  [ $# -ge 72 ] || refuse_kind "$image" "a qcow2 image without its end"
  extension=72
  case $5.$6.$7.$8 in
    0.0.0.2) ;;
    0.0.0.3)
      [ $# -eq 104 ] || refuse_kind "$image" "a qcow2 image without its end"
      # An external data file would be opened instead of this one, whatever it is.
      [ $((${80} & 4)) -eq 0 ] || refuse "$image has its data in another file: copy it into one (qemu-img convert)"
      extension=$(((${101} << 24) + (${102} << 16) + (${103} << 8) + ${104}))
      ;;
    *) refuse_kind "$image" "an unknown version of qcow2" ;;
  esac
  [ "${33}.${34}.${35}.${36}" = 0.0.0.0 ] || refuse "$image is encrypted: decrypt it (qemu-img convert)"
  [ "$9.${10}.${11}.${12}.${13}.${14}.${15}.${16}" != 0.0.0.0.0.0.0.0 ] || return 0
  [ "${17}.${18}.${19}.${20}" != 0.0.0.0 ] || return 0
  # The name is in the first cluster, of 2 MiB at most, and has 1023 bytes at most.
  [ "$9.${10}.${11}.${12}.${13}.${17}.${18}" = 0.0.0.0.0.0.0 ] || refuse_kind "$image" "a damaged header"
  at=$(((${14} << 16) + (${15} << 8) + ${16}))
  length=$(((${19} << 8) + ${20}))
  [ "$length" -le 1023 ] || refuse_kind "$image" "a damaged header"
  # What the shell would leave out of the name, QEMU would not.
  plain "$image" "$at" "$length" || refuse "$image is linked to a file whose name has control characters: copy it whole (qemu-img convert)"
  backing=$(text "$image" "$at" "$length")
  [ "$role" != chain ] || { case $backing in json:* | *://*) return 0 ;; esac; }
  case ${backing%%/*} in *:*) refuse "$image is linked to $backing, which is no file of a store: copy it whole (qemu-img convert)" ;; esac
  case $backing in /*) ;; *) backing=$(dirname -- "$image")/$backing ;; esac
  count=0
  while [ "$extension" -ge 72 ] && [ "$extension" -lt "$at" ] && [ "$count" -lt 64 ]; do
    # shellcheck disable=SC2046 # As above.
    set -- $(od -An -v -tu1 -j "$extension" -N 8 -- "$image")
    if [ $# -lt 8 ] || [ "$1.$2.$3.$4" = 0.0.0.0 ]; then break; fi
    size=$((($5 << 24) + ($6 << 16) + ($7 << 8) + $8))
    if [ "$1.$2.$3.$4" = 226.121.42.202 ] && [ "$size" -le 64 ] && plain "$image" $((extension + 8)) "$size"; then backing_format=$(text "$image" $((extension + 8)) "$size"); fi
    extension=$((extension + 8 + (size + 7) / 8 * 8))
    count=$((count + 1))
  done
}

# vmdk FILE: one file with all that belongs to it. A descriptor names other files, and a snapshot its parent.
vmdk() {
  [ "$(hex "$1" 0 4)" = 4b444d56 ] || {
    case $(text "$1" 0 21) in '# Disk DescriptorFile'*) refuse "$1 names other files that hold the disk: import it with a VmwareImport, or convert it with qemu-img" ;; esac
    refuse_kind "$1" "its name says vmdk, and it does not begin like that"
  }
  [ "$(hex "$1" 12 8)" != 0000000000000000 ] || refuse "$1 names other files that hold the disk: convert it with qemu-img"
  if head -c 1048576 -- "$1" | LC_ALL=C grep -qai 'parentFileNameHint'; then refuse "$1 is a snapshot of another file: convert the whole chain with qemu-img"; fi
}

# check FILE FORMAT: everything of the above for a file whose place is right.
check() {
  backing=
  case $2 in
    raw) raw "$1" ;;
    qcow2) qcow2 "$1" ;;
    vmdk) vmdk "$1" ;;
    vhdx) [ "$(hex "$1" 0 8)" = 7668647866696c65 ] || refuse_kind "$1" "its name says vhdx, and it does not begin like that" ;;
    vdi) [ "$(hex "$1" 64 4)" = 7f10dabe ] || refuse_kind "$1" "its name says vdi, and it does not begin like that" ;;
    vpc) [ "$(hex "$1" 0 8)" = 636f6e6563746978 ] || [ "$(tail -c 512 -- "$1" | head -c 8)" = conectix ] || refuse_kind "$1" "its name says vhd, and it does not end like that" ;;
    *) refuse "$1 is of the format $2: convert it to qcow2 with qemu-img" ;;
  esac
}

if [ "$role" = chain ]; then
  # Only what it says: nothing is opened because of it, so nothing has to be refused.
  refuse() { exit 0; }
  [ -f "$file" ] || exit 0
  depth=0
  while [ "$depth" -lt 64 ] && [ -f "$file" ] && [ "$(hex "$file" 0 4)" = 514649fb ]; do
    qcow2 "$file"
    [ -n "$backing" ] || exit 0
    printf 'backing %s\n' "$backing"
    file=$backing
    depth=$((depth + 1))
    case $backing_format in '' | qcow2) ;; *) exit 0 ;; esac
  done
  exit 0
fi

# The stores may be named by way of links, and the files are compared by their real places.
# shellcheck disable=SC2086 # Each is a word of its own: they have neither spaces nor letters that mean something to the shell.
roots=$(realpath -e -- $stores 2>/dev/null)
place "$file"
real_file=$real
if [ "$role" = new ] && [ "$(stat -L -c %h -- "$file")" -gt 1 ]; then
  refuse "$file has a second name (a hard link), under which another guest may have it: copy it, and name the copy"
fi

case $format:$file in :*.qcow2 | :*.raw | :*.vmdk | :*.vhdx | :*.vdi | :*.vhd | [!:]*) is_said=yes ;; *) is_said= ;; esac
[ -n "$format" ] || format=$(format_of "$file")
case $role:$format in base:qcow2 | base:raw) ;; base:*) refuse "$file is of the format $format, and a disk can only be linked to qcow2 or raw: copy it (sharing: Full)" ;; esac
check "$file" "$format"
# A raw disk could have been written to look like an image that is linked to another file.
[ -z "$backing" ] || [ -n "$is_said" ] || refuse "$file is linked to $backing, and its name does not say of which format it is: name it .qcow2"
printf 'format %s\n' "$format"
depth=0
seen=" $real_file "
while [ -n "$backing" ]; do
  [ -n "$backing_format" ] || refuse "$file is linked to $backing and does not say of which format that is: say it (qemu-img rebase -u -F FORMAT -b $backing $file)"
  case $backing_format in qcow2 | raw) ;; *) refuse "$file is linked to $backing of the format $backing_format: copy it whole (qemu-img convert)" ;; esac
  file=$backing
  # What is behind the first file was a disk before: a guest may have written it.
  role=disk
  depth=$((depth + 1))
  place "$file"
  check "$file" "$backing_format"
  case $seen in *" $real "*) refuse "$file is linked to itself: put back the file that it was linked to" ;; esac
  seen="$seen$real "
  [ "$depth" -le 64 ] || refuse "$file is linked to more than 64 files, one behind the other: copy it whole (qemu-img convert)"
  printf 'backing %s\n' "$file"
done
