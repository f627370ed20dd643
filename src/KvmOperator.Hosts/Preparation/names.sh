#!/bin/sh
# Compares what a machine calls itself and its peers with what is wanted, or brings it in line. Behind the functions of a managed block.
#   check|apply NAME ADDRESS Managed|Unmanaged
# NAME is the KvmHost's. Standard input has the lines of the peers for /etc/hosts.
#
# A name that somebody gave the machine stays, FQDN or not, unless it is Managed. So does what the name stands for: a line for it in /etc/hosts would come before the names that DNS or
# a person's line have for the machine, and is written only when nothing else knows it.

verb=$1 name=$2 address=$3 policy=$4
file=/etc/hosts
peers=$(cat)
now=$(hostname)

# So machines call themselves before anybody gave them a name (hostname(5)).
case $now in
  '' | '(none)' | localhost | localhost.* | localhost4.* | localhost6.*) wanted=$name ;;
  *) if [ "$policy" = Managed ]; then wanted=$name; else wanted=$now; fi ;;
esac

own="$address $name"
if [ "$policy" != Managed ] && ! block_text "$file" | grep -qxF -- "$own"; then
  known=2
  [ "$wanted" != "$name" ] || { timeout "$((10 * PACE))" getent hosts "$name" >/dev/null; known=$?; }
  # Only this answer says that nothing knows it (getent(1)).
  if [ "$wanted" != "$name" ] || [ "$known" -ne 2 ]; then own=; fi
fi
lines=$(printf '%s\n%s\n' "$peers" "$own" | sed '/^$/d' | sort -k 2)

if [ "$verb" = check ]; then
  [ "$now" = "$wanted" ] || echo "drift the host calls itself $now and not $wanted"
  [ "$(block_text "$file")" = "$lines" ] || echo 'drift the addresses of the peers in /etc/hosts are not the current ones'
  if [ "$wanted" = "$name" ]; then
    echo 'ready the host and its peers know each other by name'
  else
    echo "ready the host calls itself $wanted, which stays, and knows its peers by name"
  fi
else
  printf '%s' "$lines" | block_put "$file" 0644 || exit 1
  [ "$now" = "$wanted" ] || hostnamectl set-hostname -- "$wanted"
fi
