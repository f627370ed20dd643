# shellcheck shell=bash
# The beat of a store's server: every two seconds what its NFS server says of its clients, and of its exports when they changed. Nothing in the loop starts a process.
# Needs bash, as beat.sh does. Whatever line it hears says that the operator is there.
#   $1  seconds without a word from the operator after which it is gone
#   $2  /proc/fs/nfsd
#   $3  /var/lib/nfs/etab, the table of who may mount what
#
# It prints, and the line that begins with "server" ends one look:
#   export VERSION LINE                                    each line of the table, when it changed
#   client ID ADDRESS NAME                                 who is behind a number, when it is new and every now and then; the name is the client's own, in quotes
#   leases ID:SECONDS:STATUS …                             how long each client has not renewed its lease; no seconds where the kernel does not tell
#   server SEQUENCE|BOOT|UPTIME|THREADS|CLIENTS|VERSION|EXPORTS   how many there are of each; no threads: no server runs
patience=$1 nfsd=$2 table=$3
export LC_ALL=C
trap '' PIPE

# first NAME FILE: the first line of a file; empty where there is none.
first() { IFS= read -r "$1" <"$2" || printf -v "$1" ''; }

read_exports() {
  local now='' line
  [ ! -e "$table" ] || IFS= read -r -d '' now <"$table"
  if [ "$now" = "$exports" ] && [ "$version" -gt 0 ]; then return; fi
  exports=$now version=$((version + 1)) lines=0
  while IFS= read -r line; do
    if [ -n "$line" ]; then
      lines=$((lines + 1))
      printf 'export %s %s\n' "$version" "$line" || exit
    fi
  done <<<"$exports"
}

read_clients() {
  local info id text address status age leases='' batch=0
  clients=0
  for info in "$nfsd"/clients/*/info; do
    text=''
    IFS= read -r -d '' text <"$info"
    # A client that left in between, or none at all.
    case $text in *'address: "'*) ;; *) continue ;; esac
    id=${info%/info} id=${id##*/}
    # Line ends before the words: a client chooses its name, but the kernel writes no line end into it.
    case $text in *$'\nstatus: '*) status=${text#*$'\nstatus: '} status=${status%%$'\n'*} ;; *) status=confirmed ;; esac
    case $text in *$'\nseconds from last renew: '*) age=${text#*$'\nseconds from last renew: '} age=${age%%$'\n'*} ;; *) age='' ;; esac
    if [ "${known[$id]}" != "$round" ]; then
      address=${text#*'address: "'} address=${address%%\"*}
      text=${text#*$'\nname: '}
      known[$id]=$round
      printf 'client %s %s %s\n' "$id" "$address" "${text%%$'\n'*}" || exit
    fi
    clients=$((clients + 1)) batch=$((batch + 1)) leases+=" $id:$age:$status"
    if [ "$batch" -eq 64 ]; then
      printf 'leases%s\n' "$leases" || exit
      leases='' batch=0
    fi
  done
  [ "$batch" -eq 0 ] || printf 'leases%s\n' "$leases" || exit
}

look() {
  local threads=''
  read -r uptime _ </proc/uptime
  [ $((sequence % 5)) -ne 0 ] || read_exports
  # Who is behind the numbers is said again after two minutes, and numbers that are gone are forgotten.
  if [ $((sequence % 60)) -eq 0 ]; then round=$sequence known=(); fi
  first threads "$nfsd/threads"
  read_clients
  sequence=$((sequence + 1))
  printf 'server %s|%s|%s|%s|%s|%s|%s\n' "$sequence" "$boot" "$uptime" "$threads" "$clients" "$version" "$lines" || exit
}

declare -A known
first boot /proc/sys/kernel/random/boot_id
# The channel's end tells what went wrong before the first beat.
exec 2>/dev/null
sequence=0 version=0 lines=0 exports='' round=0 uptime=0
look
heard=${uptime%%.*}
while :; do
  if IFS= read -r -t 2 _; then
    heard=${uptime%%.*}
  elif [ $? -gt 128 ]; then
    look
    [ $((${uptime%%.*} - heard)) -lt "$patience" ] || exit 0
  else
    exit 0
  fi
done
