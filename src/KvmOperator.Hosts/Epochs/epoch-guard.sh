# shellcheck shell=sh
# Stands in front of every held channel and every changing command: FOLDER INSTALLATION EPOCH hold|run COMMAND…, after epoch-holders.sh.
# It becomes the command, so that the number in the holder's file is the command's. A leader that was replaced gets no further than this.
kind_of_this=$4
shift 4
# Before its own file is written: one who is refused must not look like one who acts.
refuse_while_others_act
read_process $$ || refuse 75 'there is no /proc'
: >"$folder/holders/$installation,$epoch,$kind_of_this,$$,$start" || refuse 75 "$folder cannot be written to"
refuse_lower
record
# Two installations that began at once see each other here, and neither goes on.
refuse_while_others_act
if [ "$files" -gt 32 ]; then
  # A command cannot take away its own file when it has ended: now and then one does it for all.
  stale=''
  for file in "$folder"/holders/*; do
    if parse "$file" && ! is_alive "$pid" "$its_start"; then stale="$stale ${file##*/}"; fi
  done
  # shellcheck disable=SC2086 # words without white space, see parse
  [ -z "$stale" ] || (cd "$folder/holders" && rm -f -- $stale)
fi
exec "$@"
