#!/bin/sh
# Compares the kernel's NFS server with what one store wants of it, or brings it in line. Behind the functions of firewalld.sh.
#   check brief|full FILE LEASE PATH OPTIONS CLIENT...   changes nothing
#   apply full FILE LEASE PATH OPTIONS CLIENT...
#   remove full FILE
# FILE is the store's file of exports, LEASE the time in seconds that a client may be silent.
#
# Who was let in, is in use of the store and is not fenced stays in until it lets go, whatever the pool says: guests there would lose their disks. After a loss of the cluster a store
# may be known before its hosts are. A client that the server calls "courtesy" has not renewed its lease (nfsd, client_info_show) and is in use of nothing.

verb=$1 depth=$2 file=$3 lease=$4 path=$5 options=$6
if [ "$verb" = remove ]; then shift 3; else shift 6; fi
mark=14916
fences=/etc/kvm-operator/fenced
conf=/etc/nfs.conf.d/kvm-operator.conf
# What a check found, for the next one: the question in its first line, the answer in its second. It is older than what was read.
seen=/run/kvm-operator/nfs-${file##*/}

differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }
has() { case " $1 " in *" $2 "*) ;; *) return 1 ;; esac; }

# Whether nothing that a check reads has changed since the last one. Starts no process.
is_unchanged() {
  [ "$depth" = brief ] && [ -d "$path" ] && [ -r "$seen" ] || return 1
  { IFS= read -r asked && IFS= read -r answer; } < "$seen" || return 1
  [ "$asked" = "$lease $path $options $*" ] || return 1
  for input in "$file" "$conf" "$fences" /etc/exports /etc/exports.d /etc/exports.d/* /etc/nfs.conf /etc/nfs.conf.d /etc/nfs.conf.d/* /var/lib/nfs/etab /etc/firewalld/zones /etc/ufw/user.rules; do
    # shellcheck disable=SC3013 # dash, bash and busybox know it.
    ! [ "$input" -nt "$seen" ] || return 1
  done
  running='' threads=''
  { IFS= read -r running < /proc/fs/nfsd/nfsv4leasetime && IFS= read -r threads < /proc/fs/nfsd/threads; } 2>/dev/null
  [ "$running" = "$lease" ] && [ "${threads:-0}" != 0 ]
}

# A firewall knows no names: sets addresses to those of some clients.
addresses_of() {
  addresses=
  for client; do
    case $client in
      *:*) ;;
      *[!0-9.]*) client=$(getent ahosts "$client" | awk '!seen[$1]++ { printf "%s ", $1 }') ;;
    esac
    addresses="$addresses$client "
  done
}

# Everything that is compared, in one process. Prints lines: "wanted EXPORT" (nothing behind it when nobody is let in), "kept CLIENT...", "clients CLIENT..." of
# all exports, and what differs.
compare() {
  asked="$*" fenced=$(cd "$fences" 2>/dev/null && echo ./*) infos=$(echo /proc/fs/nfsd/clients/*/info) exports=$(echo /etc/exports.d/kvm-operator-*.exports) active=$active \
    awk -v file="$file" -v conf="$conf" -v lease="$lease" -v path="$path" -v options="$options" -v running="$running" '
    function list(text, into, words, count, i) { count = split(text, words, " "); for (i = 1; i <= count; i++) into[words[i]] }
    BEGIN {
      asked_count = split(ENVIRON["asked"], asked, " ")
      for (i = 1; i <= asked_count; i++) { is_asked[asked[i]]; ours[asked[i]]; if (asked[i] ~ /[g-zG-Z]/) by_name = 1 }
      gsub(/\.\//, "", ENVIRON["fenced"]); list(ENVIRON["fenced"], is_fenced)
      # A client may be gone between its name and its file.
      files = split(ENVIRON["infos"], info, " ")
      for (i = 1; i <= files; i++) {
        address = ""; is_away = 0
        while ((getline text < info[i]) > 0) {
          if (text ~ /^address: "/) { address = substr(text, 11); sub(/:[0-9]*"$/, "", address); gsub(/[][]/, "", address) }
          if (text ~ /^status: courtesy/) is_away = 1
        }
        close(info[i])
        if (address != "" && !is_away) uses[address]
      }
      files = split(ENVIRON["exports"], other, " ")
      for (i = 1; i <= files; i++) {
        while ((getline text < other[i]) > 0) {
          if (other[i] == file) have = have text "\n"
          count = split(text, words, " ")
          for (j = 2; j <= count; j++) { sub(/\(.*/, "", words[j]); ours[words[j]]; if (other[i] == file) present[++presents] = words[j]; else elsewhere = elsewhere " " words[j] }
        }
        close(other[i])
      }
      for (i = 1; i <= presents; i++) {
        client = present[i]
        if (client in is_asked || client in is_fenced) continue
        used = client in uses
        if (client ~ /^[A-Za-z0-9.-]+$/ && client ~ /[A-Za-z]/) {
          command = "getent ahosts " client
          while ((command | getline text) > 0) { split(text, words, " "); if (words[1] in uses) used = 1 }
          close(command)
        }
        if (used) { kept = kept " " client; asked[++asked_count] = client }
      }
      for (i = 1; i <= asked_count; i++) if (!(asked[i] in is_fenced)) { line_wanted = line_wanted " " asked[i] "(" options ")"; wanted[asked[i]] }
      print "wanted" (line_wanted == "" ? "" : " " path line_wanted)
      print "kept" kept
      own = ""
      for (i = 1; i <= asked_count; i++) own = own " " asked[i]
      print "clients" own elsewhere
      if (have != (line_wanted == "" ? "" : path line_wanted "\n")) print "drift the hosts that may mount it are not the current ones"
      while ((getline text < conf) > 0) written = written text "\n"
      if (written != "[nfsd]\nlease-time=" lease "\ngrace-time=" lease "\n") print "drift the lease time is not the wanted one"
      else if (running != "" && running != lease) print "overridden"
      if (running == "") exit
      lines = split(ENVIRON["active"], line, "\n")
      for (i = 1; i <= lines; i++) {
        split(line[i], words, " ")
        if (words[1] != path) continue
        client = words[2]; sub(/\(.*/, "", client); exported[client]
        # A client that is wanted by its name may stand there under another one of its names.
        if (!(client in ours) && !(client in strange) && (by_name ? client ~ /[*?\/@]/ : client != "")) { strange[client]; strangers = strangers client " " }
      }
      for (i = 1; i <= asked_count; i++) if (asked[i] in wanted && !(asked[i] in exported)) print "drift " asked[i] " may not mount it yet"
      if (strangers != "") print "blocked others may mount " path " too: " strangers "stand in /etc/exports or in a file of /etc/exports.d; take them out and run exportfs -ra"
    }'
}

# Runs the comparison, and sets line, kept, clients (of all exports), and differences.
find_differences() {
  found=$(compare "$@") || return 1
  line='' kept='' clients='' differences=''
  while read -r word rest; do
    case $word in
      wanted) line=$rest ;;
      kept) kept=$rest ;;
      clients) clients=$rest ;;
      overridden)
        # A restart would not help, and the guests of all hosts wait during one.
        others=$(grep -lsE '^[[:space:]]*(lease|grace)-time' /etc/nfs.conf /etc/nfs.conf.d/*.conf | grep -vxF "$conf" | tr '\n' ' ')
        differences="$differences
blocked the running NFS server has a lease time of $running s and not of $lease s: another setting wins: ${others:-none that is known }(take it away and restart nfs-server)"
        ;;
      *)
        differences="$differences
$word $rest"
        ;;
    esac
  done <<FOUND
$found
FOUND
}

# Compares or brings in line the rules of an active firewalld or ufw with the clients of all exports. Ours have a mark in firewalld and a comment in ufw. $1 is whether firewalld is active, the
# others are the clients of this export; clients are those of all.
firewall() {
  firewalld=$1
  shift
  if [ "$firewalld" != active ]; then
    command -v ufw >/dev/null && rules=$(ufw status) || return 0
    case $rules in 'Status: active'*) ;; *) return 0 ;; esac
  fi
  # shellcheck disable=SC2086 # A word each.
  addresses_of $clients
  wanted=$addresses
  if [ "$firewalld" = active ]; then
    # shellcheck disable=SC2086 # A word each.
    changes=$(firewalld_changes "$mark" 'service name="nfs"' $wanted) || return 1
    [ -z "$changes" ] || differs 'firewalld does not let the hosts, and only them, reach the NFS server' || return 0
    [ "$verb" = check ] || firewalld_apply "$changes" || return 1
  else
    # A person's rule lets a host in as well as ours, and would become ours by adding it again.
    let=$(printf '%s\n' "$rules" | awk '$1 == "2049/tcp" && $2 == "ALLOW" { printf "%s ", $3 }')
    known=$(printf '%s\n' "$rules" | awk '/kvm-operator/ && $1 == "2049/tcp" { print $3 }')
    addresses_of "$@"
    for client in $addresses; do
      has "$let" "$client" || { differs "ufw keeps $client from the NFS server" && { ufw allow proto tcp from "$client" to any port 2049 comment kvm-operator >/dev/null || return 1; }; }
    done
    for client in $known; do
      has "$wanted" "$client" || { differs "ufw lets in $client, which left" && { ufw delete allow proto tcp from "$client" to any port 2049 >/dev/null || return 1; }; }
    done
  fi
  return 0
}

if [ "$verb" = remove ]; then
  rm -f -- "$file" "$seen" || exit 1
  ! systemctl is-active --quiet nfs-server || exportfs -r || exit 1
  # The lease of a running server stays until its next start: other exports of the machine may be in use.
  set -- /etc/exports.d/kvm-operator-*.exports
  [ -e "$1" ] || rm -f "$conf"
  lease='' path='' options='' running='' active=''
  find_differences || exit 1
  firewall "$(systemctl is-active firewalld)"
  exit
fi

# The packages are asked for only then: what they bring is what is missing.
command -v exportfs >/dev/null || { echo missing; exit 0; }

if [ "$verb" = check ]; then
  if is_unchanged "$@"; then printf '%s\n' "$answer"; exit 0; fi
  echo full
  [ -d "$path" ] || echo "drift the folder $path is missing"
  unit='' running='' active='' enabled='' runs='' firewalld=''
  state=$(systemctl show -p Id,ActiveState,UnitFileState nfs-server.service firewalld.service)
  while IFS='=' read -r key value; do
    case $key=$value in
      Id=*) unit=$value ;;
      ActiveState=*) [ "$unit" = firewalld.service ] && firewalld=$value || runs=$value ;;
      UnitFileState=enabled*|UnitFileState=static|UnitFileState=alias|UnitFileState=indirect|UnitFileState=generated) [ "$unit" = firewalld.service ] || enabled=yes ;;
    esac
  done <<STATE
$state
STATE
  [ -n "$enabled" ] || echo 'drift the NFS server does not start with the machine'
  if [ "$runs" = active ]; then
    IFS= read -r running < /proc/fs/nfsd/nfsv4leasetime && active=$(exportfs -s)
  else
    echo 'drift the NFS server does not run'
  fi
  find_differences "$@" || exit 1
  # shellcheck disable=SC2086 # A word each.
  doubts=$(firewall "$firewalld" "$@" $kept) || doubts='drift the firewall does not answer'
  doubts="${differences:+$differences
}$doubts"
  [ -z "$doubts" ] || printf '%s\n' "$doubts"
  if [ -n "$kept" ]; then
    echo "ready $path is exported to the pool's hosts, and to $(printf '%s\n' "$kept" | sed 's/ /, /g'): no host of the pool, but it uses the store; it is taken out when it has unmounted it"
  else
    answer="ready $path is exported to the pool's hosts and to nobody else"
    echo "$answer"
    if [ -n "$doubts" ] || [ "$enabled$runs" != yesactive ] || [ ! -d "$path" ]; then
      rm -f "$seen"
    elif mkdir -p "${seen%/*}"; then
      # File times may be whole seconds.
      printf '%s\n%s\n' "$lease $path $options $*" "$answer" > "$seen.new" && touch -d '2 seconds ago' "$seen.new" && mv -f "$seen.new" "$seen"
    fi
  fi
  exit 0
fi

running='' active=''
# Whoever fences a client meanwhile must not have it let in again by what was read before.
mkdir -p -- "$path" /etc/exports.d /etc/nfs.conf.d "${seen%/*}" && rm -f -- "$seen" && exec 9> /run/kvm-operator/nfs-server.lock && flock 9 || exit 1
find_differences "$@" || exit 1
printf '%s' "${line:+$line
}" > "$file.new" && mv -f "$file.new" "$file" || exit 1
! systemctl is-active --quiet nfs-server || exportfs -r || exit 1
exec 9>&-
case $differences in
  *'drift the lease time'*) printf '[nfsd]\nlease-time=%s\ngrace-time=%s\n' "$lease" "$lease" > "$conf.new" && mv -f "$conf.new" "$conf" && systemctl restart nfs-server || exit 1 ;;
esac
# A server that starts exports what stands in the files.
systemctl enable --now --quiet nfs-server || exit 1
# shellcheck disable=SC2086 # A word each.
firewall "$(systemctl is-active firewalld)" "$@" $kept
