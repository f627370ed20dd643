#!/bin/sh
# Starts a job: a transient unit of systemd. Behind wait-job.sh; "environment" has the options of systemd-run that say which libvirt is asked, since a unit has none of the command's environment.
#   UNIT STREAMS LIMIT NICE SECONDS COMMAND…
# STREAMS is the folder of what it prints, LIMIT its time in seconds, NICE the processor's weight, SECONDS the time to wait for its end.
#
# systemd refuses a name that it knows, so a second start fails; that is no error, and the state tells the rest. The unit is described by its name: by itself systemd-run writes the command
# there, and a command of several lines makes a file that systemd cannot read again, so that the next daemon-reload (a package that is installed, a unit that is enabled) would make it forget
# the job. A shell stands between: SELinux's policy moves a unit that begins with virsh into a domain of virsh's own (init_system_domain in its virt.te), which may not write the unit's
# streams, and what it said would be lost.

unit=$1 streams=$2 limit=$3 nice=$4 patience=$5
shift 5
# shellcheck disable=SC2174 # Its parent is the guard's, and there.
mkdir -p -m 0700 "$streams" || exit
program=$(command -v -- "$1") || { echo "$1 is not installed" >&2; exit 127; }
shift
# shellcheck disable=SC2016,SC2086 # The inner shell expands its own arguments; the environment is words.
if ! message=$(systemd-run --quiet --unit="$unit" --description="$unit" --property=RemainAfterExit=yes --property="RuntimeMaxSec=$limit" --property="Nice=$nice" \
    --property="StandardOutput=file:$streams/$unit.out" --property="StandardError=file:$streams/$unit.err" \
    --setenv=LC_ALL=C --setenv=HOME=/root $environment -- /bin/sh -c 'exec "$$@"' kvm-operator "$program" "$@" 2>&1); then
  [ "$(systemctl show -p LoadState --value "$unit.service")" = loaded ] || { printf '%s\n' "$message" >&2; exit 1; }
fi
set -- "$unit" "$streams"
[ "$patience" = 0 ] || wait_job "$unit" "$patience"
