# shellcheck shell=bash
# Blocks of TCP ports on loopback, so that two labs side by side do not collide. Sourced, never run.

PORTS_IN_A_BLOCK=20

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# claim_ports STATE [BASE]: prints the first port of a block of 20 that belongs to STATE from now on. A BASE that was asked
# for is taken or refused, never replaced.
claim_ports() { with_lock ports claim_ports_locked "$@"; }

claim_ports_locked() {
  local state=$1 wanted=${2:-} base port claim owner
  local claims=$LAB_CACHE/ports
  mkdir -p "$claims"
  for base in ${wanted:-$(seq 22000 $PORTS_IN_A_BLOCK 25980)}; do
    claim=$claims/$base
    owner=$(cat "$claim" 2>/dev/null || true)
    if [ -n "$owner" ] && [ "$owner" != "$state" ] && [ -d "$owner" ]; then
      [ -z "$wanted" ] || die "the ports from $base on belong to the lab in $owner" "choose another --port-base, or take that lab down"
      continue
    fi
    for ((port = base; port < base + PORTS_IN_A_BLOCK; port++)); do
      if port_in_use "$port"; then
        [ -z "$wanted" ] || die "port $port is in use by another program" "choose another --port-base, or leave it out and a free block is found"
        continue 2
      fi
    done
    printf '%s\n' "$state" >"$claim"
    printf '%s\n' "$base"
    return
  done
  die "no free block of $PORTS_IN_A_BLOCK ports between 22000 and 26000" "take labs down that you no longer need (lab down), or name one with --port-base"
}

release_ports() {
  local state=$1 claim
  for claim in "$LAB_CACHE"/ports/*; do
    if [ "$(cat "$claim" 2>/dev/null)" = "$state" ]; then rm -f "$claim"; fi
  done
}
