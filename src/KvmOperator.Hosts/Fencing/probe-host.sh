#!/bin/sh
# Tries from this machine whether another one gives any sign of life.
#   TRIES ADDRESS...
# Each try takes a second at most. Whatever a kernel answers counts: an echo, a connection, or its refusal. Prints one of
#   answer ADDRESS | silent TRIES | blind TEXT (this machine has no way to any of the addresses, so that its silence says nothing)
export LC_ALL=C
tries=$1 number=0
shift

try() {
  ping -n -c 1 -W 1 -- "$1" > /dev/null 2>&1 && echo "answer $1" &
  # A shell that can connect by itself is on every supported machine; its words are the C library's.
  # shellcheck disable=SC2016 # It is bash that reads it.
  said=$(timeout 1 bash -c 'exec 3<> "/dev/tcp/$1/22"' probe "$1" 2>&1) && echo "answer $1"
  case $said in
    *refused*) echo "answer $1" ;;
    *'Network is unreachable'*) echo "blind no network to $1" ;;
  esac
  wait
}

while [ "$number" -lt "$tries" ]; do
  number=$((number + 1))
  found=$(for address; do try "$address" & done; wait)
  case $found in
    *answer*) printf '%s\n' "$found" | grep -m 1 '^answer'; exit 0 ;;
    *blind*) if [ "$(printf '%s\n' "$found" | grep -c '^blind')" -eq "$#" ]; then printf '%s\n' "$found" | grep -m 1 '^blind'; exit 0; fi ;;
  esac
done
echo "silent $number"
