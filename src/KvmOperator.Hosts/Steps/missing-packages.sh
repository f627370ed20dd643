#!/bin/sh
# Says which packages a machine lacks. Changes nothing.
#   APT-NAME… -- DNF-NAME…
# Prints the family, which is apt, dnf or none, then each missing package.

apt='' dnf=''
while [ "$1" != -- ]; do apt="$apt $1"; shift; done
shift
dnf=$*
if command -v apt-get >/dev/null; then
  echo apt
  # shellcheck disable=SC2086 # A list of words.
  dpkg-query -W -f '${Package} ${db:Status-Status}\n' $apt 2>/dev/null |
    awk -v wanted="$apt" '$2 == "installed" { have[$1] = 1 } END { count = split(wanted, names, " "); for (i = 1; i <= count; i++) if (!(names[i] in have)) print names[i] }'
elif command -v dnf >/dev/null; then
  echo dnf
  for name in $dnf; do rpm -q --quiet --whatprovides "$name" || echo "$name"; done
else
  echo none
fi
