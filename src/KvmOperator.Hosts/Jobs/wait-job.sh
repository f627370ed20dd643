#!/bin/sh
# Waits for the end of a job's unit; a function for other scripts.
#   wait_job UNIT SECONDS
# The waiting is one sleeping process: it must not take the processor from the guest that moves.

wait_job() {
  process=$(systemctl show -p MainPID --value "$1.service")
  case $process in '' | 0) ;; *) timeout "$2" tail -f -s 0.1 --pid="$process" /dev/null 2>/dev/null ;; esac
}
