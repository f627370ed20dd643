#!/bin/sh
# Installs packages with apt, and removes none: whoever made the machine knows why they are there. The arguments are the packages' names.
# What an interrupted run left half done is finished first, because apt refuses everything else before that. Lists that were fetched lately, for another purpose or by a person, are good enough
# unless the installation fails with them. A list that cannot be fetched may be one that nothing is needed from: it is told only when the installation fails.
# When others would have to go, the last line is "removes PACKAGE...".

export DEBIAN_FRONTEND=noninteractive
install() {
  apt-get -q -y --no-remove -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --no-install-recommends install "$@"
}
errors() { printf '%s\n' "$1" | sed -n 's/^E: //p' | tail -n 3 | tr '\n' ' '; }
# refuse_removals SAID PACKAGE...: apt itself says only that some would be removed (apt-private/private-install.cc).
refuse_removals() {
  case $1 in *'remove is disabled'*) shift ;; *) return 0 ;; esac
  gone=$(apt-get -q -s --no-install-recommends install "$@" 2>/dev/null | sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
  [ -n "$gone" ] || return 0
  echo "removes $gone" >&2
  exit 100
}

dpkg --force-confdef --force-confold --configure -a
if [ -n "$(find /var/lib/apt/lists -maxdepth 0 -mmin -30)" ]; then
  installing=$(install "$@" 2>&1) && exit
  printf '%s\n' "$installing" >&2
  refuse_removals "$installing" "$@"
fi
fetching=$(apt-get -q -o DPkg::Lock::Timeout=600 update 2>&1) && fetching=
installing=$(install "$@" 2>&1) && exit
status=$?
printf '%s\n' "$installing" >&2
[ -z "$fetching" ] || printf '%s\n' "$fetching" "E: $(errors "$installing"); the lists of packages could not all be fetched: $(errors "$fetching")" >&2
refuse_removals "$installing" "$@"
exit "$status"
