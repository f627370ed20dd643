# shellcheck shell=bash
# Which scenarios are run, and in which order, when the time of a run is limited: what does not fit is named and begins the next run.
# Sourced by 'tests/run' and by its own test, never run. Whoever sources it defines:
#   clock            seconds since the run began
#   run_class NAME LIMIT   runs one class for LIMIT seconds at most (0: as long as it takes); sets CLASS_PASSED, CLASS_FAILED; returns 124 when it was cut off

# What ends in order when the time is up needs some itself.
BUDGET_RESERVE=150
# A class of which nothing is known, on a machine of pace 1.
UNKNOWN_CLASS=300

# Set by the caller: seconds, or nothing for no limit; the folder that keeps what is known; the commit, or nothing when the tree is not clean.
BUDGET=
HISTORY=
COMMIT=

incomplete=()
kept=0

# time_left: seconds until whatever runs has to begin to end.
time_left() { echo $((BUDGET - BUDGET_RESERVE - $(clock))); }

# needed NAME: what it took at worst of the last three times, and some more; for an unknown class a guess.
needed() {
  local worst
  worst=$({ sort -n "$HISTORY/times/$1" 2>/dev/null || true; } | tail -n 1)
  if [ -n "$worst" ]; then echo $((worst + worst / 10 + 30)); else echo $((UNKNOWN_CLASS * BUDGET_PACE)); fi
}

# note_time NAME SECONDS
note_time() {
  mkdir -p "$HISTORY/times"
  { tail -n 2 "$HISTORY/times/$1" 2>/dev/null || true; printf '%s\n' "$2"; } >"$HISTORY/times/$1.new"
  mv "$HISTORY/times/$1.new" "$HISTORY/times/$1"
}

# in_order NAME…: first those that did not fit the last time, as they were put off; then the others as they stand.
in_order() {
  local name
  { [ ! -s "$HISTORY/put-off" ] || cat "$HISTORY/put-off"; printf '%s\n' "$@"; } | awk -v known="$*" '
    BEGIN { split(known, names, " "); for (i in names) wanted[names[i]] = 1 }
    $0 in wanted && !told[$0]++'
}

# passed_before NAME: how many of its tests passed at this very commit; fails when that is not known.
passed_before() { [ -n "$COMMIT" ] && [ -e "$HISTORY/passed/$COMMIT/$1" ] && cat "$HISTORY/passed/$COMMIT/$1"; }

note_passed() {
  [ -n "$COMMIT" ] || return 0
  mkdir -p "$HISTORY/passed/$COMMIT"
  printf '%s\n' "$2" >"$HISTORY/passed/$COMMIT/$1"
  # Other commits of a week ago are asked for no more.
  find "$HISTORY/passed" -mindepth 1 -maxdepth 1 ! -name "$COMMIT" -mtime +7 -exec rm -rf {} +
}

# run_scenarios RESUME NAME…: one class at a time. With RESUME 'yes', what passed at this commit is kept. Leaves the names of what did not fit in
# 'incomplete', and how many tests were kept in 'kept'.
run_scenarios() {
  local resume=$1 name left=0 started status number=0 begun=no count limit put_off=() cut=() ordered=()
  shift
  mkdir -p "$HISTORY"
  mapfile -t ordered < <(in_order "$@")
  for name in "${ordered[@]}"; do
    number=$((number + 1))
    if [ "$resume" = yes ] && count=$(passed_before "$name"); then
      say "$number of ${#ordered[@]}: $name passed at this commit before: kept"
      kept=$((kept + count))
      continue
    fi
    limit=0
    if [ -n "$BUDGET" ]; then
      left=$(time_left)
      # The first begins in any case, or what takes longer than a run would never be seen to do so.
      if [ "$left" -lt "$(needed "$name")" ] && { [ $begun = yes ] || [ "$left" -le 0 ]; }; then
        say "$number of ${#ordered[@]}: $name is put off: it needs up to $(minutes "$(needed "$name")") min, and $(minutes "$left") min are left"
        put_off+=("$name")
        continue
      fi
      limit=$left
      say "$number of ${#ordered[@]}: $name (up to $(minutes "$(needed "$name")") min are expected, $(minutes "$left") min are left)"
    else
      say "$number of ${#ordered[@]}: $name (up to $(minutes "$(needed "$name")") min are expected)"
    fi
    begun=yes
    started=$(clock) status=0
    run_class "$name" "$limit" || status=$?
    if [ $status -eq 124 ]; then
      say "$name was ended: the time of this run is up"
      note_time "$name" $(($(clock) - started))
      cut+=("$name")
      continue
    fi
    # How long something waited in vain says nothing of what it takes, and would keep it from being run.
    if [ "$CLASS_FAILED" -eq 0 ]; then
      note_time "$name" $(($(clock) - started))
      note_passed "$name" "$CLASS_PASSED"
    fi
  done
  incomplete=("${put_off[@]}" "${cut[@]}")
  # Who was ended has had its turn, so the others come first. Without a limit nothing was put off, and nothing is forgotten of what was not asked for.
  if [ -n "$BUDGET" ]; then printf '%s\n' "${incomplete[@]}" | sed '/^$/d' >"$HISTORY/put-off"; fi
}

minutes() { if [ "$1" -gt 0 ]; then echo $((($1 + 59) / 60)); else echo 0; fi; }
