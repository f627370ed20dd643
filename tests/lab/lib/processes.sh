# shellcheck shell=bash
# Background processes that belong to one state folder. Each carries the folder's name in its environment, so that all of
# them can be found and ended later, even when the script that started them was killed. Sourced, never run.

# start_process FOLDER NAME COMMAND…: starts a process in FOLDER, its output in FOLDER/NAME.log, its id in FOLDER/NAME.pid.
# LAB_OWNER names the state folder it belongs to.
start_process() {
  local folder=$1 name=$2
  shift 2
  # So that nobody takes the one before for it.
  rm -f "$folder/$name.pid"
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

# ended_early FOLDER NAME: whether the process was begun and is over.
ended_early() { [ -s "$1/$2.pid" ] && ! process_alive "$(cat "$1/$2.pid")"; }

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

# A process that has ended but was not yet waited for (a zombie) is not alive; one whose first thread ended before the others is: it has its ports still.
process_alive() {
  local state threads
  state=$(sed -E 's/.*\) ([A-Z]) .*/\1/' "/proc/$1/stat" 2>/dev/null) || return 1
  [ -n "$state" ] || return 1
  [ "$state" = Z ] || return 0
  threads=("/proc/$1/task"/*)
  [ ${#threads[@]} -gt 1 ]
}

# end_all OWNER: ends everything that was started for this state folder, and what that began meanwhile.
end_all() {
  local id ids round
  for ((round = 0; round < 10; round++)); do
    ids=$(processes_of "$1")
    [ -n "$ids" ] || return 0
    for id in $ids; do end_process "$id" & done
    wait
  done
}
