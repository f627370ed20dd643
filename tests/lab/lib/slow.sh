# shellcheck shell=bash
# Makes the processors of a machine slower: each gets a share of a processor's time, a little every few milliseconds, so that it is slow and never stands
# still. By a quota where a control group can be made; else busy processes compete with everything on this machine. Sourced by 'lab', never run.

# The length of one round of a quota, in microseconds: short, so that a machine's clock and network never miss it.
QUOTA_PERIOD=10000

# processors NAME: the threads of QEMU that emulate a machine's processors.
processors() { qmp "$1" '{"execute":"query-cpus-fast"}' | jq -r '.return[]."thread-id"'; }

quota_name() { printf 'kvm-operator-%s-%s' "$NAME" "$1"; }

# quota_root VERSION: the folder below which control groups with a quota are made; fails where there is none that may be written.
quota_root() {
  case $1 in
    1) awk '$3 == "cgroup" && $4 ~ /(^|,)cpu(,|$)/ { print $2; found = 1; exit } END { exit !found }' /proc/mounts ;;
    2) awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts | { read -r root && grep -qw cpu "$root/cgroup.controllers" && echo "$root"; } ;;
  esac
}

# slow NODE FACTOR: its processors work at 1/FACTOR of their speed until 'quick'.
slow() {
  local node=$1 factor=$2
  { [[ $factor =~ ^[0-9]+$ ]] && [ "$factor" -ge 2 ] && [ "$factor" -le 20 ]; } || die "by which factor?" "a whole number from 2 to 20: lab slow $node 3"
  quick "$node"
  if slow_by_quota_1 "$node" "$factor" 2>/dev/null || slow_by_quota_2 "$node" "$factor" 2>/dev/null; then
    say "- $node has 1/$factor of its processors"
  else
    quick "$node"
    slow_by_competition "$factor"
  fi
  : >"$STATE/$node/slow"
  # Waits know of it.
  [ -s "$STATE/pace.usual" ] || pace >"$STATE/pace.usual"
  echo $(($(cat "$STATE/pace.usual") * factor)) >"$STATE/pace"
}

# Version 1 of control groups takes single threads.
slow_by_quota_1() {
  local group thread quota=$((QUOTA_PERIOD / $2))
  group=$(quota_root 1) || return 1
  for thread in $(processors "$1"); do
    mkdir -p "$group/$(quota_name "$1")/$thread" || return 1
    echo $QUOTA_PERIOD >"$group/$(quota_name "$1")/$thread/cpu.cfs_period_us" || return 1
    echo "$quota" >"$group/$(quota_name "$1")/$thread/cpu.cfs_quota_us" || return 1
    echo "$thread" >"$group/$(quota_name "$1")/$thread/tasks" || return 1
  done
}

# Version 2 takes single threads below the group of their process, which has to be moved for that.
slow_by_quota_2() {
  local root group thread quota=$((QUOTA_PERIOD / $2))
  root=$(quota_root 2) || return 1
  group=$root/$(quota_name "$1")
  mkdir -p "$group" || return 1
  grep -qw cpu "$root/cgroup.subtree_control" || echo +cpu >"$root/cgroup.subtree_control" || return 1
  sed 's/.*:://; q' "/proc/$(process_id "$STATE/$1" qemu)/cgroup" >"$STATE/$1/cgroup" || return 1
  process_id "$STATE/$1" qemu >"$group/cgroup.procs" || return 1
  for thread in $(processors "$1"); do
    mkdir -p "$group/$thread" || return 1
    echo threaded >"$group/$thread/cgroup.type" || return 1
  done
  echo +cpu >"$group/cgroup.subtree_control" || return 1
  for thread in $(processors "$1"); do
    echo "$quota $QUOTA_PERIOD" >"$group/$thread/cpu.max" || return 1
    echo "$thread" >"$group/$thread/cgroup.threads" || return 1
  done
}

# slow_by_competition FACTOR: as many busy processes as leave 1/FACTOR of this machine to the others, all at the same priority.
slow_by_competition() {
  local folder=$STATE/competition number count=$(($(nproc) * ($1 - 1)))
  mkdir -p "$folder"
  for ((number = 0; number < count; number++)); do
    # shellcheck disable=SC2016 # the inner shell's
    process_id "$folder" "busy$number" >/dev/null || start_process "$folder" "busy$number" sh -c 'while :; do :; done'
  done
  say "- no control group can be made here: $count busy processes leave 1/$1 of this whole machine to the laboratory"
}

# quick NODE: as it was.
quick() {
  local version root group thread file id
  for version in 1 2; do
    root=$(quota_root $version 2>/dev/null) || continue
    group=$root/$(quota_name "$1")
    [ -d "$group" ] || continue
    for thread in "$group"/*/; do
      [ -d "$thread" ] || continue
      if [ $version = 1 ]; then
        while read -r id; do echo "$id" >"$root/tasks" || true; done <"$thread/tasks" 2>/dev/null
      else
        while read -r id; do echo "$id" >"$group/cgroup.threads" || true; done <"$thread/cgroup.threads" 2>/dev/null
      fi
      rmdir "$thread" 2>/dev/null || true
    done
    if [ $version = 2 ]; then
      while read -r id; do echo "$id" >"$root$(cat "$STATE/$1/cgroup")/cgroup.procs" || true; done <"$group/cgroup.procs" 2>/dev/null
    fi
    rmdir "$group" 2>/dev/null || true
  done
  for file in "$STATE"/competition/*.pid; do
    if id=$(process_id "$STATE/competition" "$(basename "$file" .pid)"); then end_process "$id"; fi
  done
  rm -f "$STATE/$1/slow"
  if [ -s "$STATE/pace.usual" ] && [ -z "$(find "$STATE" -mindepth 2 -maxdepth 2 -name slow)" ]; then mv "$STATE/pace.usual" "$STATE/pace"; fi
}
