# shellcheck shell=sh
# A leader takes the host: FOLDER INSTALLATION EPOCH PATIENCE MOMENT, after epoch-holders.sh. When it has ended with status 0, nothing of an older epoch
# acts here any more, and nothing will.
# Held channels of older epochs are ended at once. Commands of older epochs that had begun are waited for, PATIENCE seconds together, and then ended with all that they started:
# first asked (TERM), a MOMENT later killed. Whoever was asked is remembered: a child that does not obey outlives its parent, and is no longer below it.
# What even that does not end, because the kernel waits for something, is told, and the host is not taken yet: status 75.
# It prints "seen EPOCH", the highest before; "boot ID"; and a line "ended KIND EPOCH PID" or "left KIND EPOCH PID" for each of the others.
patience=$(($4 * ${PACE:-1})) moment=$(($5 * ${PACE:-1}))

# find_older KIND…: sets $found to the living holders of lower epochs, a word each.
find_older() {
  found=''
  for file in "$folder"/holders/*; do
    if parse "$file" && [ "$of" = "$installation" ] && [ "$its_epoch" -lt "$epoch" ] && is_alive "$pid" "$its_start"; then
      case " $* " in *" $kind "*) found="$found ${file##*/}" ;; esac
    fi
  done
}

# find_left: keeps of $asked, which are words KIND,EPOCH,PID,START, those that live.
find_left() {
  was_asked=$asked asked=''
  for entry in $was_asked; do
    its_pid=${entry%,*}
    if is_alive "${its_pid##*,}" "${entry##*,}"; then asked="$asked $entry"; fi
  done
}

# wait_for SECONDS KIND…: until there are no more and nobody who was asked to end lives, or the time is over.
wait_for() {
  tries=$(($1 * 5))
  shift
  find_older "$@"
  find_left
  while [ -n "$found$asked" ] && [ "$tries" -gt 0 ]; do
    sleep 0.2
    tries=$((tries - 1))
    find_older "$@"
    find_left
  done
}

# signal NAME: those of $found and $asked with all below them, from the top: a shell whose child ended first would go on with its next command. They are in $asked then.
signal() {
  table=''
  for folder_of_process in /proc/[0-9]*; do
    if read_process "${folder_of_process#/proc/}"; then table="$table ${folder_of_process#/proc/},$parent,$start"; fi
  done
  tops=$asked asked=''
  for holder in $found; do
    parse "$holder"
    tops="$tops $kind,$its_epoch,$pid,$its_start"
  done
  for top in $tops; do
    its_start=${top##*,} whose=${top%,*}
    level=${whose##*,} whose=${whose%,*}
    all="$level,,$its_start" depth=0
    while [ -n "$level" ] && [ "$depth" -lt 32 ]; do
      next='' depth=$((depth + 1))
      for entry in $table; do
        child=${entry%%,*} of_child=${entry#*,}
        case " $level " in *" ${of_child%,*} "*) next="$next $child" all="$all $entry" ;; esac
      done
      level=$next
    done
    for entry in $all; do
      if is_alive "${entry%%,*}" "${entry##*,}"; then
        kill -s "$1" "${entry%%,*}" 2>/dev/null
        case " $asked " in
          *",${entry%%,*},${entry##*,} "*) ;;
          *) asked="$asked $whose,${entry%%,*},${entry##*,}" ;;
        esac
      fi
    done
  done
}

end_older() { # KIND…
  find_older "$@"
  [ -n "$found" ] || return 0
  ended="$ended $found"
  signal TERM
  wait_for "$moment" "$@"
  [ -n "$found$asked" ] || return 0
  signal KILL
  wait_for "$moment" "$@"
}

ended='' asked=''
refuse_while_others_act
record
before=$seen
refuse_lower
end_older hold
wait_for "$patience" run
end_older run hold

left=0 stale='' told=' '
read -r boot </proc/sys/kernel/random/boot_id
printf 'seen %s\nboot %s\n' "$before" "$boot"
for file in "$folder"/holders/*; do
  parse "$file" || continue
  if ! is_alive "$pid" "$its_start"; then
    stale="$stale ${file##*/}"
    case " $ended " in *" ${file##*/} "*) echo "ended $kind $its_epoch $pid" ;; esac
  elif [ "$of" = "$installation" ] && [ "$its_epoch" -lt "$epoch" ]; then
    left=1
    echo "left $kind $its_epoch $pid"
    told="$told$pid,$its_start "
  fi
done
# Whoever was below them and lives on.
for entry in $asked; do
  its_start=${entry##*,} whose=${entry%,*}
  case $told in *" ${whose##*,},$its_start "*) continue ;; esac
  left=1
  pid=${whose##*,} whose=${whose%,*}
  echo "left ${whose%,*} ${whose#*,} $pid"
done
# shellcheck disable=SC2086
[ -z "$stale" ] || (cd "$folder/holders" && rm -f -- $stale)
[ "$left" -eq 0 ] || refuse 75 'an older leader still acts on this host'
