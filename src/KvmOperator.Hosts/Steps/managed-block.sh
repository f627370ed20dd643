#!/bin/sh
# A part of a file that belongs to the operator, between two lines that say so; functions for other scripts.
#   block_text FILE       prints the block
#   block_put FILE MODE   replaces it by standard input (none when that is empty) in one rename, keeping the file's owner and mode, and a link to it; MODE is for a new file
# A first line without its last one is no block: what follows it is somebody's, and stays.

block_begin='# BEGIN kvm-operator (what stands up to END is rewritten by the operator)'
block_end='# END kvm-operator'
block_split() {
  awk -v b="$block_begin" -v e="$block_end" -v part="$2" '
    function release(line) { if (part == "outside") for (line = 0; line < count; line++) print held[line]; count = 0 }
    $0 == b { release(); inside = 1; next }
    inside && $0 == e { if (part == "inside") for (line = 0; line < count; line++) print held[line]; count = 0; inside = 0; next }
    inside { held[count++] = $0; next }
    part == "outside" { print }
    END { release() }
  ' "$1"
}
block_text() {
  [ -f "$1" ] || return 0
  block_split "$1" inside
}
block_put() {
  content=$(cat)
  # shellcheck disable=SC2174 # The folder above is /etc or root's home, and there.
  [ -f "$1" ] || { [ -n "$content" ] || return 0; mkdir -p -m 0700 "$(dirname "$1")" && : > "$1" && chmod "$2" "$1" || return 1; }
  # A rename onto a link would put a file in its place.
  block_file=$(readlink -f -- "$1") && next=$(mktemp "$block_file.XXXXXX") && cp -p -- "$block_file" "$next" || return 1
  # shellcheck disable=SC2015 # What was put in its place leaves nothing to remove.
  {
    block_split "$block_file" outside &&
    { [ -z "$content" ] || printf '%s\n%s\n%s\n' "$block_begin" "$content" "$block_end"; }
  } > "$next" && mv -f -- "$next" "$block_file" || { rm -f -- "$next"; return 1; }
  command -v restorecon >/dev/null && restorecon "$block_file"
  return 0
}
