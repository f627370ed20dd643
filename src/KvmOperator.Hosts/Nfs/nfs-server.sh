#!/bin/sh
# Compares the kernel's NFS server with what one store wants of it, or brings it in line. Behind the functions of firewalld.sh.
#   check brief|full FILE LEASE PATH OPTIONS 3|4 CLIENT...   changes nothing
#   apply full FILE LEASE PATH OPTIONS 3|4 CLIENT...
#   remove full FILE
# FILE is the store's file of exports, LEASE the time in seconds that a client may be silent; 3 or 4 is the version of NFS by which the hosts mount it.
#
# Who was let in, is in use of the store and is not fenced stays in until it lets go, whatever the pool says: guests there would lose their disks. After a loss of the cluster a store
# may be known before its hosts are. A client that the server calls "courtesy" has not renewed its lease (nfsd, client_info_show) and is in use of nothing.

verb=$1 depth=$2 file=$3 lease=$4 path=$5 options=$6 version=$7
if [ "$verb" = remove ]; then shift 3; else shift 7; fi
mark=14916
fences=/etc/kvm-operator/fenced
conf=/etc/nfs.conf.d/kvm-operator.conf
# What a check found, for the next one: the question in its first line, the answer in its second. It is older than what was read.
seen=/run/kvm-operator/nfs-${file##*/}
# What exportfs said of lines that are not ours, the last time when it said something.
complaints=/run/kvm-operator/nfs-complaints

differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }
has() { case " $1 " in *" $2 "*) ;; *) return 1 ;; esac; }

# Whether nothing that a check reads has changed since the last one. Starts no process.
is_unchanged() {
  [ "$depth" = brief ] && [ -d "$path" ] && [ -r "$seen" ] || return 1
  { IFS= read -r asked && IFS= read -r answer; } < "$seen" || return 1
  [ "$asked" = "$lease $path $options $version $*" ] || return 1
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
# all exports, "patient SECONDS" while the grace time is longer than the lease, and what differs.
compare() {
  asked="$*" fenced=$(cd "$fences" 2>/dev/null && echo ./*) infos=$(echo /proc/fs/nfsd/clients/*/info) exports=$(echo /etc/exports.d/kvm-operator-*.exports) others=$(echo /etc/exports /etc/exports.d/*.exports) active=$active \
    awk -v file="$file" -v conf="$conf" -v lease="$lease" -v path="$path" -v options="$options" -v version="$version" -v running="$running" '
    function list(text, into, words, count, i) { count = split(text, words, " "); for (i = 1; i <= count; i++) into[canonical(words[i])] }
    # An address of version 6 can be written in many ways; each has one key.
    function group(text) { sub(/^0+/, "", text); return text == "" ? "0" : text }
    function canonical(text, at, left, right, key, count, more, l, r, i) {
      if (text !~ /:/ || text ~ /[^0-9A-Fa-f:]/) return text
      text = tolower(text)
      at = index(text, "::")
      count = at ? (at == 1 ? 0 : split(substr(text, 1, at - 1), l, ":")) : split(text, l, ":")
      more = at && at + 1 < length(text) ? split(substr(text, at + 2), r, ":") : 0
      key = ""
      for (i = 1; i <= count; i++) key = key ":" group(l[i])
      for (i = count + more; i < 8; i++) key = key ":0"
      for (i = 1; i <= more; i++) key = key ":" group(r[i])
      return key
    }
    # The files in which somebody exports a folder, for people.
    function where(folder, files, count, names, text, words, i, is_there) {
      count = split(ENVIRON["others"], files, " ")
      names = ""
      for (i = 1; i <= count; i++) {
        is_there = 0
        while ((getline text < files[i]) > 0) { split(text, words, " "); gsub(/"/, "", words[1]); if (words[1] == folder) is_there = 1 }
        close(files[i])
        if (is_there && files[i] != file) names = names (names == "" ? "" : " and ") files[i]
      }
      return names
    }
    BEGIN {
      asked_count = split(ENVIRON["asked"], asked, " ")
      for (i = 1; i <= asked_count; i++) { is_asked[canonical(asked[i])]; ours[canonical(asked[i])]; if (asked[i] !~ /:/ && asked[i] ~ /[A-Za-z]/) by_name = 1 }
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
        if (address != "" && !is_away) uses[canonical(address)]
      }
      files = split(ENVIRON["exports"], other, " ")
      for (i = 1; i <= files; i++) {
        while ((getline text < other[i]) > 0) {
          if (other[i] == file) have = have text "\n"
          count = split(text, words, " ")
          for (j = 2; j <= count; j++) { sub(/\(.*/, "", words[j]); ours[canonical(words[j])]; if (other[i] == file) present[++presents] = words[j]; else elsewhere = elsewhere " " words[j] }
        }
        close(other[i])
      }
      for (i = 1; i <= presents; i++) {
        client = present[i]
        if (canonical(client) in is_asked || canonical(client) in is_fenced) continue
        used = canonical(client) in uses
        if (client ~ /^[A-Za-z0-9.-]+$/ && client ~ /[A-Za-z]/) {
          command = "getent ahosts " client
          while ((command | getline text) > 0) { split(text, words, " "); if (canonical(words[1]) in uses) used = 1 }
          close(command)
        }
        if (used) { kept = kept " " client; asked[++asked_count] = client }
      }
      for (i = 1; i <= asked_count; i++) if (!(canonical(asked[i]) in is_fenced)) { line_wanted = line_wanted " " asked[i] "(" options ")"; wanted[asked[i]] }
      print "wanted" (line_wanted == "" ? "" : " " path line_wanted)
      print "kept" kept
      own = ""
      for (i = 1; i <= asked_count; i++) own = own " " asked[i]
      print "clients" own elsewhere
      if (have != (line_wanted == "" ? "" : path line_wanted "\n")) print "drift the hosts that may mount it are not the current ones"
      while ((getline text < conf) > 0) written = written text "\n"
      count = split(written, words, "\n")
      grace = count == 4 && words[1] == "[nfsd]" && words[2] == "lease-time=" lease && words[3] ~ /^grace-time=[0-9]+$/ && words[4] == "" ? substr(words[3], 12) + 0 : 0
      if (grace < lease + 0) print "drift the lease time is not the wanted one"
      else if (running != "" && running != lease) print "overridden"
      else if (running != "" && grace > lease + 0) {
        # By the end of its grace time every client has come back and has read the lease time anew (write_v4_end_grace in fs/nfsd/nfsctl.c).
        if ((getline text < "/proc/fs/nfsd/v4_end_grace") > 0 && text == "Y") print "drift the grace time is longer than the lease, which all clients know by now"
        else print "patient " grace
      }
      if (running == "") exit
      lines = split(ENVIRON["active"], line, "\n")
      for (i = 1; i <= lines; i++) {
        split(line[i], words, " ")
        client = words[2]; sub(/\(.*/, "", client)
        # One that is for a machine beside the pool concerns only that machine.
        if (version != 3 && words[1] != "/" && words[2] ~ /[(,]fsid=(0|root)[,)]/ && (client ~ /[^0-9.]/ && client !~ /^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*$/ || canonical(client) in ours)) roots[words[1]]
        if (words[1] != path) continue
        exported[canonical(client)]
        # A client that is wanted by its name may stand there under another one of its names.
        if (!(canonical(client) in ours) && !(client in strange) && (by_name ? client ~ /[*?\/@]/ : client != "")) { strange[client]; strangers = strangers client " " }
      }
      for (i = 1; i <= asked_count; i++) if (asked[i] in wanted && !(canonical(asked[i]) in exported)) print "drift " asked[i] " may not mount it yet"
      if (strangers != "") {
        names = where(path)
        print "blocked others may mount " path " too: " strangers (names == "" ? "stand in no file; run exportfs -ra" : "stand in " names "; take them out there and run exportfs -ra")
      }
      for (folder in roots) {
        names = where(folder)
        print "blocked " folder " is exported with fsid=0, and NFS 4 looks for every folder below that one: the hosts do not find " path ". Take fsid=0 away " (names == "" ? "from it" : "in " names) " and run exportfs -ra"
      }
    }'
}

# Runs the comparison, and sets line, kept, clients (of all exports), and differences.
find_differences() {
  found=$(compare "$@") || return 1
  line='' kept='' clients='' patience='' differences=''
  while read -r word rest; do
    case $word in
      wanted) line=$rest ;;
      kept) kept=$rest ;;
      clients) clients=$rest ;;
      patient) patience=$rest ;;
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

# Exports what stands in the files. exportfs fails for a broken line of anybody: that stops nothing as long as ours are exported ($line), and is kept to be told.
refresh() {
  systemctl is-active --quiet nfs-server || return 0
  if said=$(exportfs -r 2>&1); then rm -f "$complaints"; return 0; fi
  exported=$(exportfs -s) || { printf '%s\n' "$said" >&2; return 1; }
  folder=${line%% *}
  # shellcheck disable=SC2086 # A word each.
  for entry in ${line#"$folder"}; do
    if ! printf '%s\n' "$exported" | awk -v folder="$folder" -v client="${entry%%(*}(" '$1 == folder && index($2, client) == 1 { found = 1 } END { exit !found }'; then
      printf '%s\n' "$said" >&2
      return 1
    fi
  done
  mkdir -p "${complaints%/*}" && printf '%s\n' "$said" > "$complaints"
}

# What exportfs said of lines that stand there still.
complaint() {
  [ -s "$complaints" ] || return 0
  for input in /etc/exports /etc/exports.d /etc/exports.d/*; do
    case $input in */exports.d/kvm-operator-*) continue ;; esac
    # shellcheck disable=SC3013 # dash, bash and busybox know it.
    ! [ "$input" -nt "$complaints" ] || return 0
  done
  echo "; exportfs complains of lines that are not the operator's: $(head -n 3 "$complaints" | tr '\n' ' ' | sed 's/ *$//')"
}

# Whether clients may hold locks there. Older kernels do not list them.
is_in_use() {
  threads=''
  { IFS= read -r threads < /proc/fs/nfsd/threads; } 2>/dev/null
  [ "${threads:-0}" != 0 ] || return 1
  [ -d /proc/fs/nfsd/clients ] || return 0
  for client in /proc/fs/nfsd/clients/*; do [ ! -e "$client" ] || return 0; done
  return 1
}

# systemctl says only that it failed; what the server said is in the journal.
server() {
  systemctl "$@" nfs-server && return
  journalctl -u nfs-server -n 5 -o cat 2>/dev/null | grep -v '^Start\|^Stop' >&2
  return 1
}

write_times() { printf '[nfsd]\nlease-time=%s\ngrace-time=%s\n' "$lease" "$1" > "$conf.new" && mv -f "$conf.new" "$conf"; }

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
  line=''
  refresh || exit 1
  # The lease of a running server stays until its next start: other exports of the machine may be in use.
  set -- /etc/exports.d/kvm-operator-*.exports
  [ -e "$1" ] || rm -f "$conf"
  lease='' path='' options='' version='' running='' active=''
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
    answer="ready $path is exported to the pool's hosts and to nobody else${patience:+; for the sake of clients that knew a longer lease, the grace time is still $patience s}$(complaint)"
    echo "$answer"
    if [ -n "$doubts$patience" ] || [ "$enabled$runs" != yesactive ] || [ ! -d "$path" ]; then
      rm -f "$seen"
    elif mkdir -p "${seen%/*}"; then
      # File times may be whole seconds.
      printf '%s\n%s\n' "$lease $path $options $version $*" "$answer" > "$seen.new" && touch -d '2 seconds ago' "$seen.new" && mv -f "$seen.new" "$seen"
    fi
  fi
  exit 0
fi

running='' active='' now=''
{ IFS= read -r now < /proc/fs/nfsd/nfsv4leasetime; } 2>/dev/null
# Whoever fences a client meanwhile must not have it let in again by what was read before.
mkdir -p -- "$path" /etc/exports.d /etc/nfs.conf.d "${seen%/*}" && rm -f -- "$seen" && exec 9> /run/kvm-operator/nfs-server.lock && flock 9 || exit 1
find_differences "$@" || exit 1
printf '%s' "${line:+$line
}" > "$file.new" && mv -f "$file.new" "$file" || exit 1
refresh || exit 1
exec 9>&-
refused=
case $differences in
  *'drift the lease time'*)
    # A client notices the restart when it renews its lease, and that is the old one: a shorter grace time would be over before an idle client came back for its locks, and its guests would
    # get errors from their disks.
    grace=$lease
    if is_in_use && [ "${now:-90}" -gt "$lease" ]; then grace=${now:-90}; fi
    # Of older nfs-utils the server does not start at all while exportfs complains of anybody's line.
    if [ -s "$complaints" ] && systemctl cat nfs-server.service 2>/dev/null | grep -q '^ExecStartPre=/[^ ]*exportfs'; then
      refused="the lease time of $lease s waits: nfs-server would not start again because of lines that are not the operator's ($(tr '\n' ' ' < "$complaints" | sed 's/ *$//')): mend them, and run exportfs -ra"
    else
      write_times "$grace" && server restart || exit 1
    fi
    ;;
  *)
    # It counts from the next start of the server on.
    ended=''
    { IFS= read -r ended < /proc/fs/nfsd/v4_end_grace; } 2>/dev/null
    if [ "$now" = "$lease" ] && [ "$ended" = Y ] && ! grep -qx "grace-time=$lease" "$conf"; then write_times "$lease" || exit 1; fi
    ;;
esac
# A server that starts exports what stands in the files.
server enable --now --quiet || exit 1
# shellcheck disable=SC2086 # A word each.
firewall "$(systemctl is-active firewalld)" "$@" $kept || exit 1
[ -z "$refused" ] || { printf '%s\n' "$refused" >&2; exit 1; }
