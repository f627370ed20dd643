# shellcheck shell=sh
# Writes the record of an import, whole or not at all, into a folder below one of the stores: write-record.sh FILE STORE…, the record on standard input.
file=$1
shift
folder=$(dirname "$file")
inside=$(realpath -m -- "$folder") || exit
found=
for store; do
  case $inside in "$(realpath -e -- "$store")"/*) found=yes ;; esac
done
[ -n "$found" ] || { echo "$folder lies outside of the stores of the pool: see what it is a link to" >&2; exit 1; }
mkdir -p -- "$(dirname "$folder")" || exit
[ -d "$folder" ] || mkdir -m 0700 -- "$folder" || exit
cat > "$file.new" && sync -- "$file.new" && mv -f -- "$file.new" "$file"
