# shellcheck shell=sh
# Removes what an import wrote, its record last: remove-pieces.sh RECORD FILE…. Files that are gone already are no failure.
record=$1
shift
for file; do rm -f -- "$file" "$file.kvm-operator-part" "$file.kvm-operator-source"* || exit; done
rm -f -- "$record" "$record.new" || exit
rmdir -- "$(dirname "$record")" "$(dirname "$(dirname "$record")")" 2>/dev/null
true
