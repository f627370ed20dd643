#!/bin/sh
# Says what a guest needs that this host lacks. The arguments are bridge=NAME, device=NAME, disk=PATH and firmware=PATH.
# Prints "missing NEED" for what is certainly not there, and "unknown NEED" for what could not be found out: a store that does not answer in time hides a file and has lost none.
for need; do
  value=${need#*=}
  case $need in
    bridge=*) [ -d "/sys/class/net/$value/bridge" ] || echo "missing $need" ;;
    device=*) [ -e "/sys/class/net/$value" ] || echo "missing $need" ;;
    disk=* | firmware=*)
      kind=$(timeout "$((5 * PACE))" stat -L -c %F -- "$value" 2>&1)
      case $?/$kind in
        0/regular*) ;;
        0/* | *'No such file or directory'* | *'Not a directory'*) echo "missing $need" ;;
        *) echo "unknown $need" ;;
      esac
      ;;
  esac
done
