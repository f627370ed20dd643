# shellcheck shell=bash
# Background processes that belong to one state folder. Each carries the folder's name in its environment, so that all of
# them can be found and ended later, even when the script that started them was killed. Sourced, never run.

# start_process FOLDER NAME COMMAND…: starts a process in FOLDER, its output in FOLDER/NAME.log, its id in FOLDER/NAME.pid.
# LAB_OWNER names the state folder it belongs to.
start_process() {
  local folder=$1 name=$2
  shift 2
  (
    cd "$folder" || exit
    export KVM_OPERATOR_LAB_OWNER=$LAB_OWNER
    # The locks of this script are not the child's.
    exec 9>&- 8>&-
    # shellcheck disable=SC2016
    exec setsid sh -c 'echo $$ >"$0.pid"; exec "$@"' "$name" "$@" </dev/null >>"$name.log" 2>&1
  ) &
}

# process_id FOLDER NAME: prints the id while the process lives; fails when it does not.
process_id() {
  local id
  id=$(cat "$1/$2.pid" 2>/dev/null) || return 1
  owned_by "$LAB_OWNER" "$id" || return 1
  printf '%s\n' "$id"
}

owned_by() { tr '\0' '\n' 2>/dev/null <"/proc/$2/environ" | grep -qxF "KVM_OPERATOR_LAB_OWNER=$1"; }

# processes_of OWNER: the ids of everything that was started for this state folder.
processes_of() {
  local entry id
  for entry in /proc/[0-9]*; do
    id=${entry#/proc/}
    if owned_by "$1" "$id"; then printf '%s\n' "$id"; fi
  done
}

# end_process ID: asks, then insists after 15 s. A frozen process is woken first.
end_process() {
  local id=$1 i
  kill -CONT "$id" 2>/dev/null || return 0
  kill -TERM "$id" 2>/dev/null || return 0
  for ((i = 0; i < 150; i++)); do
    process_alive "$id" || return 0
    sleep 0.1
  done
  kill -KILL "$id" 2>/dev/null || true
}

# A process that has ended but was not yet waited for (a zombie) is not alive.
process_alive() {
  local state
  state=$(sed -E 's/.*\) ([A-Z]) .*/\1/' "/proc/$1/stat" 2>/dev/null) || return 1
  [ -n "$state" ] && [ "$state" != Z ]
}

# end_all OWNER: ends everything that was started for this state folder.
end_all() {
  local id
  for id in $(processes_of "$1"); do
    end_process "$id" &
  done
  wait
}
