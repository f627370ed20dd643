# shellcheck shell=bash
# What every script of the lab shares: messages, progress, disk space, packages, the cache.
# Sourced, never run.

set -euo pipefail

LAB_SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_CACHE=${KVM_OPERATOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-operator}
LAB_LABS=${KVM_OPERATOR_LABS:-${XDG_STATE_HOME:-$HOME/.local/state}/kvm-operator/labs}

say() { printf '%s\n' "$*" >&2; }

# die MESSAGE REMEDY: one line for what is wrong, one for what to do next.
die() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  try: %s\n' "$2" >&2
  exit 1
}

# run_step TITLE LOG COMMAND…: runs the command with its output in LOG, says every 15 s that it still runs,
# shows the end of the log when it fails. The command sees no standard input.
run_step() {
  local title=$1 log=$2 started=$SECONDS pid status=0 next
  shift 2
  mkdir -p "$(dirname "$log")"
  say "- $title"
  "$@" </dev/null >"$log" 2>&1 &
  pid=$!
  next=$((SECONDS + 15))
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$SECONDS" -ge "$next" ]; then
      say "  … $title: $((SECONDS - started)) s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-100)"
      next=$((SECONDS + 15))
    fi
    sleep 0.2
  done
  wait "$pid" || status=$?
  if [ "$status" -ne 0 ]; then
    say "  the end of $log:"
    tail -n 15 "$log" | sed 's/^/  | /' >&2
    return "$status"
  fi
  say "  done in $((SECONDS - started)) s"
}

# require_space FOLDER MIB WHAT: refuses to begin what would fill the disk.
require_space() {
  local folder=$1 needed=$2 what=$3 free
  mkdir -p "$folder" 2>/dev/null || die "cannot write to $folder" "make it writable, or name another place (KVM_OPERATOR_CACHE, KVM_OPERATOR_LABS)"
  free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$needed" ] || die "$what needs $needed MiB in $folder, only $free MiB are free" \
    "free some space there, or name another place (KVM_OPERATOR_CACHE for builds, KVM_OPERATOR_LABS for machines)"
}

# ensure_packages PACKAGE…: installs what is missing; without root it says the command instead.
ensure_packages() {
  local package missing=() log=$LAB_CACHE/logs/apt-install.log sudo=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      sudo=(sudo -n)
    else
      die "these Debian packages are missing: ${missing[*]}" "sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
  fi
  require_space /var 1024 "installing packages"
  run_step "installing ${#missing[@]} Debian packages" "$log" \
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update && exec apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"' sh "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}" "read $log; check that 'apt-get update' works on this machine, then run the same command again"
}

# content_key FILE-OR-TEXT…: a short name for exactly this content, for folders in the cache.
content_key() {
  local item
  for item in "$@"; do
    if [ -f "$item" ]; then cat "$item"; else printf '%s\n' "$item"; fi
  done | sha256sum | cut -c1-16
}

# with_lock NAME COMMAND…: one at a time over all labs and test runs of this user.
with_lock() {
  local name=$1
  shift
  mkdir -p "$LAB_CACHE/locks"
  (
    if ! flock -n 9; then
      say "- another run holds '$name'; waiting for it"
      flock 9
    fi
    "$@"
  ) 9>"$LAB_CACHE/locks/$name"
}
