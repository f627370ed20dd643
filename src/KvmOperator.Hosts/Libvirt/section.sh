#!/bin/sh
# A part of what a batched script prints; a function for other scripts.
#   section NAME SECONDS COMMAND…   prints a line with the name, then a line with what the command printed, in base64
# The command gets no input and so many seconds, which grow with the host's pace (PACE).

section() {
  name=$1 seconds=$2
  shift 2
  printf '@ %s\n%s\n' "$name" "$(timeout -k 1 "$((seconds * PACE))" "$@" 2>/dev/null </dev/null | base64 -w 0)"
}
