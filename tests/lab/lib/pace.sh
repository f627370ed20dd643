# shellcheck shell=bash
# How slow this machine and the lab's machines are. Every wait is for an end and judges no speed, so it is scaled by this. Sourced, never run.

# What a start of /bin/true takes on the machine on which the waits were chosen, in microseconds: here, and on an emulated host.
USUAL_START_HERE=1200
USUAL_START_EMULATED=16000
SLOWEST_PACE=12

# pace_of MICROSECONDS USUAL: a whole number from 1 on.
pace_of() {
  local pace=$((($1 + $2 - 1) / $2))
  [ "$pace" -ge 1 ] || pace=1
  [ "$pace" -le $SLOWEST_PACE ] || pace=$SLOWEST_PACE
  echo "$pace"
}

# pace_here: of this machine. The best of three rounds: the others were disturbed by what else ran at that moment.
pace_here() {
  local round i started took best=
  for round in 1 2 3; do
    started=${EPOCHREALTIME/[.,]/}
    for ((i = 0; i < 20; i++)); do /bin/true; done
    took=$(((${EPOCHREALTIME/[.,]/} - started) / 20))
    if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
  done
  pace_of "$best" $USUAL_START_HERE
}

# pace: of the lab's machines once it was measured there, else of this machine; the slower of both counts.
pace() {
  local lab=1
  [ -n "${LAB_PACE:-}" ] || LAB_PACE=$(pace_here)
  if [ -n "${STATE:-}" ] && [ -s "$STATE/pace" ]; then lab=$(cat "$STATE/pace"); fi
  if [ "$lab" -gt "$LAB_PACE" ]; then echo "$lab"; else echo "$LAB_PACE"; fi
}

# measure_pace NODE: asks a machine of the lab what a process costs there, and keeps it in the lab's state.
measure_pace() {
  local took
  # The machine's own clock counts, so that the connection does not.
  took=$(ssh -F "$STATE/ssh_config" "$1" 'best=; for round in 1 2 3; do i=0; a=$(date +%s%N); while [ $i -lt 15 ]; do /bin/true; i=$((i+1)); done; b=$(date +%s%N)
    took=$(((b - a) / 15000)); if [ -z "$best" ] || [ $took -lt $best ]; then best=$took; fi; done; echo $best') || return 0
  [[ $took =~ ^[0-9]+$ ]] || return 0
  pace_of "$took" $USUAL_START_EMULATED >"$STATE/pace.new"
  mv "$STATE/pace.new" "$STATE/pace"
}

# patience SECONDS: how long to wait for what ends within SECONDS on a usual machine: three times as long, and by the pace.
patience() { echo $(($1 * 3 * $(pace))); }
