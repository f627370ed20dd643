#!/bin/sh
# Waits for the end of a job's unit, for a while, and says how it stands. Behind wait-job.sh.
#   UNIT STREAMS SECONDS QUESTION…   STREAMS is the folder of what it prints, QUESTION a command that is run while it is not over
# Prints its properties, an empty line, the end of each of its streams in base64, and the answer to the question in base64 while it runs.

unit=$1 streams=$2 patience=$3
shift 3
wait_job "$unit" "$patience"
properties=$(systemctl show -p LoadState,ActiveState,SubState,Result,ExecMainStatus "$unit.service") || exit
printf '%s\n\n' "$properties"
for stream in out err; do tail -c 16384 "$streams/$unit.$stream" 2>/dev/null | base64 -w 0; echo; done
case $properties in *SubState=running*) timeout "$((10 * PACE))" "$@" 2>/dev/null </dev/null | base64 -w 0; echo ;; esac
