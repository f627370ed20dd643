# shellcheck shell=bash
# The beat of a host: a line a second with what its kernel tells. Nothing in the loop starts a process. It needs bash: no other shell of a host
# waits for a line and for a second at once by itself.
#   $1  the text of store-probe.py
#   $2  seconds between two questions to a store
#   $3  seconds without a word from the operator after which it is gone: a broken connection is noticed by the host after a quarter of an hour at the earliest
#   $4  the beginning of the names of two files of the operator's that are as old as its last looks at the others
#   $5… files and folders of which it is told when they change
#
# It prints  beat SEQUENCE|BOOT|UPTIME|PROCESSORS|STAT|LOAD|MEMORY|CPU|MEMORY|IO|HUGE|BRIDGES|.  in the kernel's own words: the pressures (avg10=PERCENT; empty where there
# are none), the kilobytes that are set aside for huge pages, and the names of the bridges. It prints the word  files  when one of the files is newer than it was, and passes on what the probe of the stores prints.
# On standard input are the operator's words, a line each: "stores PATH…" says what is
# to be probed, any other is a sign of life. The end of standard input is the end of this script.
program=$1 interval=$2 patience=$3 mark=$4 files=("${@:5}")
export LC_ALL=C
set -f
# The end of the probe must not be the end of the beat. A beat that nobody takes ends it all the same.
trap '' PIPE

# first NAME FILE: the first line of a file; empty where there is none.
first() { IFS= read -r "$1" <"$2" || printf -v "$1" ''; }

# What changes seldom: processors come and go, huge pages are set aside, bridges are made.
look_around() {
  local path pages size
  first online /sys/devices/system/cpu/online
  huge=0 bridges=''
  set +f
  for path in /sys/kernel/mm/hugepages/hugepages-*kB; do
    first pages "$path/nr_hugepages"
    size=${path##*-}
    [ -z "$pages" ] || huge=$((huge + pages * ${size%kB}))
  done
  for path in /sys/class/net/*/bridge; do
    [ -d "$path" ] || continue
    path=${path%/bridge} path=${path##*/}
    # A name that would end the field is one of a bridge that no guest can name either.
    case $path in *'|'*) ;; *) bridges+="${bridges:+ }$path" ;; esac
  done
  set -f
}

beat() {
  local stat load memory_lines cpu='' memory='' io=''
  read -r uptime _ </proc/uptime
  IFS= read -r stat </proc/stat
  read -r load _ </proc/loadavg
  # The first three lines, in one piece: each line would be a question to the kernel.
  IFS= read -r -N 100 memory_lines </proc/meminfo
  if [ -n "$has_pressure" ]; then
    read -r _ cpu _ </proc/pressure/cpu
    read -r _ memory _ </proc/pressure/memory
    read -r _ io _ </proc/pressure/io
  fi
  [ $((sequence % 16)) -ne 0 ] || look_around
  [ $((sequence % 8)) -ne 7 ] || look_at_files
  sequence=$((sequence + 1))
  printf 'beat %s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|.\n' \
    "$sequence" "$boot" "$uptime" "$online" "$stat" "$load" "${memory_lines//$'\n'/ }" "$cpu" "$memory" "$io" "$huge" "$bridges" || exit
}

# Files are looked at by their times, a question to the kernel each. A look leaves its own time first, in one of two files in turn, so that what changes while it looks is seen by the next
# one; times that are equal count as a change, since the clock of files stands still for some milliseconds. One whose time lies in the future is no news.
look_at_files() {
  local file now=$((1 - last_look))
  echo >"$mark.$now" || return
  for file in "${files[@]}"; do
    if [ ! "$file" -ot "$mark.$last_look" ] && [ ! "$file" -nt "$mark.$now" ]; then
      echo files || exit
      break
    fi
  done
  last_look=$now
}

# What asks the stores: a process of its own, since one that hangs holds whoever touches it. It ends with its standard input, so with this script, however that ends.
probe_stores() {
  local python
  if [ "$probe_with" = python ]; then
    for python in python3 /usr/libexec/platform-python; do
      if command -v "$python" >/dev/null; then exec "$python" -I -S -c "$program" "$interval"; fi
    done
  fi
  ask_by_commands
}

# The same where Python is missing: as good, but each question is a process.
ask_by_commands() {
  local line='' part word words=() number=0
  local -A asking
  while :; do
    if IFS= read -r -t "$interval" part; then
      read -ra words <<<"${line#stores }$part"
      [ "${words[0]}" != stores ] || words=("${words[@]:1}")
      line=''
    elif [ $? -gt 128 ]; then
      line+=$part
    else
      kill "${asking[@]}"
      exit
    fi
    number=$((number + 1))
    for word in "${words[@]}"; do
      if [ -n "${asking[$word]}" ] && kill -0 "${asking[$word]}"; then
        printf 'store %s waiting %s %s\n' "$word" "$number" "$interval" || exit
      else
        ask "$word" "$number" </dev/null &
        asking[$word]=$!
      fi
    done
  done
}

ask() {
  local mount path answer
  while read -r _ mount _; do
    [ "$mount" = "$1" ] || continue
    printf -v path %b "${1//\\/\\0}"
    if answer=$(stat -f -c '%S %b %a' -- "$path" 2>&1); then
      printf 'store %s ok %s 0 %s\n' "$1" "$2" "$answer"
    else
      printf 'store %s failed %s 0 %s\n' "$1" "$2" "${answer##*: }"
    fi
    return
  done </proc/self/mounts
  printf 'store %s missing %s 0\n' "$1" "$2"
}

# tell_probe WORDS: starts the probe when there is none.
tell_probe() {
  if [ -z "$probe" ]; then
    exec {words_of_probe}> >(probe_stores)
    probe=$!
  fi
  printf '%s\n' "$1" >&"$words_of_probe"
}

# A probe that died is replaced, and not by one of its kind: what it lacks, the next one would lack too.
keep_probe() {
  if [ -n "$probe" ] && ! kill -0 "$probe"; then
    exec {words_of_probe}>&-
    probe='' probe_with=commands
    tell_probe "$stores"
  fi
}

first boot /proc/sys/kernel/random/boot_id
first has_pressure /proc/pressure/cpu 2>/dev/null
# The channel's end tells what went wrong before the first beat.
exec 2>/dev/null
# A look from before tells what changed while nobody listened.
last_look=0
[ ! "$mark.1" -nt "$mark.0" ] || last_look=1
[ -e "$mark.$last_look" ] || echo >"$mark.$last_look" || files=()
sequence=0 online='' huge=0 bridges='' uptime=0 line='' stores=stores probe='' probe_with=python
beat
heard=${uptime%%.*}
while :; do
  if IFS= read -r -t 1 part; then
    heard=${uptime%%.*}
    line+=$part
    case $line in
      # The operator says it again every now and then.
      "$stores") ;;
      'stores' | 'stores '*) stores=$line; tell_probe "$stores" ;;
    esac
    line=''
  elif [ $? -gt 128 ]; then
    line+=$part
    keep_probe
    beat
    [ $((${uptime%%.*} - heard)) -lt "$patience" ] || exit 0
  else
    exit 0
  fi
done
