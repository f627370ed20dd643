#!/bin/sh
# Tries, on the source of a move, the way that the move goes: libvirt's own connection to the target's libvirt, and a port for the guest's memory. Both at once.
#   $1  the target's address
#   $2  one of its migration ports
# Prints a line for each thing that it found out, in no order:
#   port       nothing stands between the source and the port: a closed one that answers with a reset is reachable, a firewall's silence or refusal is not. A firewall that answers in the
#              closed port's own words (icmp-port-unreachable) cannot be told from it
#   command    the target's libvirt answered
#   talk TEXT  root's shell there prints this before a command, and libvirt takes it for a part of its own messages
#   late       nothing is known: there was no answer in time, or one that may be another one in a moment
# What was found and is none of these is on standard error, in the words of SSH or libvirt.
address=$1 port=$2
case $address in
  *:*) uri="qemu+ssh://root@[$address]/system" ;;
  *) uri="qemu+ssh://root@$address/system" ;;
esac

reach_libvirt() {
  said=$(timeout "$((40 * PACE))" virsh -c "$uri" uri 2>&1 </dev/null)
  ended=$?
  if [ "$ended" -eq 0 ]; then
    echo command
    return
  fi

  # Why not: what SSH alone does tells the way there from what is wrong behind it.
  if ! words=$(mktemp); then
    echo late
    return
  fi
  greeting=$(timeout "$((20 * PACE))" ssh -o BatchMode=yes -o "ConnectTimeout=$((15 * PACE))" "root@$address" true 2>"$words" </dev/null)
  entered=$?
  errors=$(cat "$words")
  rm -f "$words"
  case $entered/$greeting in
    0/?*) printf 'talk %s\n' "$(printf '%s\n' "$greeting" | head -n 1)" ;;
    0/)
      case $ended/$said in
        124/* | *'Failed to connect socket'*) echo late ;;
        *) printf '%s\n' "$said" >&2 ;;
      esac
      ;;
    *)
      case $entered/$errors in
        124/* | *'Connection reset'* | *'Connection closed'* | *kex_exchange_identification*) echo late ;;
        *) printf '%s\n' "$errors" >&2 ;;
      esac
      ;;
  esac
}

reach_libvirt &
# The inner shell expands its own arguments.
# shellcheck disable=SC2016
answer=$(timeout "$((15 * PACE))" bash -c 'exec 3<>"/dev/tcp/$1/$2"' port "$address" "$port" 2>&1)
case $?/$answer in 0/* | *'Connection refused'*) echo port ;; *) printf '%s\n' "$answer" >&2 ;; esac
wait
