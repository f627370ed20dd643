# shellcheck shell=bash
# The beat of a host: a line a second with what the kernel tells, and beside it a line for each probe of a store. Nothing in the loop starts a process.
# Standard input is the operator's: "stores N" and N lines with mount paths say what to probe; its end is the end of this script.
# "beat SEQUENCE|BOOT|PROCESSORS|STAT|LOAD|MEMORY|AVAILABLE|CPU|MEMORY|IO" with the pressures last; "store PATH NUMBER ok SIZE AVAILABLE" or "store … missing", the path in the octal escapes of /proc/mounts.
export LC_ALL=C
set -f

first() { # NAME FILE: the first line of a file, empty where there is none.
  IFS= read -r "$1" 2>/dev/null <"$2" || printf -v "$1" ''
}

is_mounted() { # PATH, with the kernel's escapes
  local mount
  while read -r _ mount _; do
    [ "$mount" != "$1" ] || return 0
  done </proc/self/mounts
  return 1
}

# Waits without a process: nothing ever comes out of this.
pause() { read -r -t "$1" -u "$nothing" _ || :; }

# probe ESCAPED-PATH: its own process, because a store that hangs holds whoever touches it. A name that nobody has ever asked for is answered by the server and by no cache,
# and being asked renews the host's lease there. The space changes slowly, and costs a process: it is read once a minute.
probe() {
  local escaped=$1 path space='' read_at=-100 number=0
  printf -v path %b "$escaped"
  while :; do
    number=$((number + 1))
    if is_mounted "$escaped"; then
      [ -e "$path/.kvm-operator-beat-$BASHPID-$number" ] || :
      if [ $((SECONDS - read_at)) -ge 60 ]; then
        space=$(stat -f -c '%S %b %a' -- "$path" 2>/dev/null) || space=''
        read_at=$SECONDS
      fi
      printf 'store %s %s ok %s\n' "$escaped" "$number" "$space" || exit
    else
      read_at=-100
      printf 'store %s %s missing\n' "$escaped" "$number" || exit
    fi
    pause 4
  done
}

end_probes() {
  local id
  for id in "${probes[@]}"; do kill "$id" 2>/dev/null; done
  probes=()
  stores=()
}

start_probe() { # INDEX
  probe "${stores[$1]}" </dev/null &
  probes[$1]=$!
}

# One that ended for whatever reason is begun again: its silence would look like a store that hangs.
revive_probes() {
  local index
  for index in "${!stores[@]}"; do
    kill -0 "${probes[$index]}" 2>/dev/null || start_probe "$index"
  done
}

take_stores() { # COUNT
  local count=$1 path
  end_probes
  while [ "$count" -gt 0 ]; do
    IFS= read -r path || exit 0
    stores+=("$path")
    start_probe $((${#stores[@]} - 1))
    count=$((count - 1))
  done
}

beat() {
  local boot online stat load pressure_cpu pressure_memory pressure_io name value total=0 available=0
  first boot /proc/sys/kernel/random/boot_id
  first online /sys/devices/system/cpu/online
  first stat /proc/stat
  first load /proc/loadavg
  first pressure_cpu /proc/pressure/cpu
  first pressure_memory /proc/pressure/memory
  first pressure_io /proc/pressure/io
  while read -r name value _; do
    case $name in
      MemTotal:) total=$value ;;
      MemAvailable:) available=$value; break ;;
    esac
  done </proc/meminfo
  sequence=$((sequence + 1))
  printf 'beat %s|%s|%s|%s|%s|%s|%s|%s|%s|%s\n' \
    "$sequence" "$boot" "$online" "$stat" "$load" "$total" "$available" "$pressure_cpu" "$pressure_memory" "$pressure_io" || exit
}

probes=()
stores=()
pending=''
sequence=0
exec {nothing}<> <(:)
trap end_probes EXIT
trap 'exit 1' HUP INT TERM PIPE
beat
while :; do
  if IFS= read -r -t 1 line; then
    line=$pending$line
    pending=''
    case $line in
      'stores '*) take_stores "${line#stores }" ;;
    esac
  elif [ $? -le 128 ]; then
    exit 0
  else
    # A second may end in the middle of a line, on a slow machine above all.
    pending=$pending$line
    revive_probes
    beat
  fi
done
