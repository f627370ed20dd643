#!/bin/sh
# Takes a host's access to this server's stores away, reads whether it is gone, or ends that.
#   fence   FAILOVER HOST EPOCH SECONDS WORD...
#   verify  FAILOVER HOST EPOCH SECONDS WORD...   changes nothing
#   unfence FAILOVER HOST EPOCH SECONDS WORD...
# SECONDS is how long the kernel may take to end a client. Each WORD is one of
#   address=A  an address of the host, in its shortest spelling       name=N     what the host calls itself as a client
#   path=P     a folder that is exported to it                        inode=M:N:I  a guest's disk, as states name files
#   control=A  an address of a host that is well: it must be seen here, or what is not seen says nothing
#
# Every step may be repeated, and is in this order for a reason: nothing can come back while what was there is being ended, and what is read is read last.
# All who change exports hold the same lock (nfs-server.sh). Which hosts are fenced stands in a file for each of their addresses, "FAILOVER HOST EPOCH BOOT", which nfs-server.sh leaves out
# of what it exports. The failure whose fence was ended last stands in .ended.HOST: a command of it that comes late is refused.
#
# It prints what it found; every line that says what is left speaks against the host's exclusion:
#   boot BEFORE AFTER | mark FAILOVER | export LINE | cache NAME LINE | client ID | state LINE | expired ID | control yes|no | settled yes|no | digest NUMBER | note TEXT
export LC_ALL=C
verb=$1 failover=$2 host=$3 epoch=$4 patience=$(($5 * ${PACE:-1}))
shift 5
fences=/etc/kvm-operator/fenced
exports=/etc/exports.d
clients=/proc/fs/nfsd/clients
caches=/proc/net/rpc
run=/run/kvm-operator

fail() { echo "$1" >&2; exit 1; }

addresses='' paths='' inodes='' controls='' name='' undrained=''
for word; do
  value=${word#*=}
  case $word in
    address=*) addresses="$addresses$value " ;;
    path=*) paths="$paths$value " ;;
    inode=*) inodes="$inodes$value " ;;
    control=*) controls="$controls$value " ;;
    name=*) name=$value ;;
    *) fail "$word is not understood" ;;
  esac
done
[ -n "$addresses" ] || fail 'no address to fence'

# For awk: whether an address is meant by what stands in an export, however either is written. digits() makes an address comparable: 8 hexadecimal digits of version 4, 32 of version 6, nothing of a name.
addressing='
  function hex(number) { return sprintf("%02x", number) }
  function digits(text, parts, halves, left, right, count, more, i, out) {
    gsub(/[][]/, "", text)
    if (text ~ /\./ && text ~ /:/) sub(/^.*:/, "", text)
    if (text ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/) { split(text, parts, "."); return hex(parts[1]) hex(parts[2]) hex(parts[3]) hex(parts[4]) }
    if (text !~ /:/ || text ~ /[^0-9A-Fa-f:]/) return ""
    text = tolower(text)
    left = text; right = ""
    if ((i = index(text, "::")) > 0) { left = substr(text, 1, i - 1); right = substr(text, i + 2) }
    count = split(left, halves, ":"); more = split(right, parts, ":")
    out = ""
    for (i = 1; i <= count; i++) out = out substr("0000" halves[i], length(halves[i]) + 1)
    for (i = count + more; i < 8; i++) out = out "0000"
    for (i = 1; i <= more; i++) out = out substr("0000" parts[i], length(parts[i]) + 1)
    return out
  }
  function value(digit) { return index("0123456789abcdef", digit) - 1 }
  # Whether the first bits of two are the same.
  function share(one, other, bits, whole, step) {
    whole = int(bits / 4)
    if (length(one) != length(other) || substr(one, 1, whole) != substr(other, 1, whole)) return 0
    if (bits % 4 == 0) return 1
    step = 2 ^ (4 - bits % 4)
    return int(value(substr(one, whole + 1, 1)) / step) == int(value(substr(other, whole + 1, 1)) / step)
  }
  function bits_of(mask, of, i, bits) {
    if (mask ~ /^[0-9]+$/) return mask + 0
    mask = digits(mask); bits = 0
    for (i = 1; i <= length(mask); i++) bits += substr("0112122312232334", value(substr(mask, i, 1)) + 1, 1)
    return bits
  }
  # Of a name, a wildcard, a netgroup and a security flavour nobody can say here whom they mean: they mean the host.
  function means(client, address, at) {
    sub(/^\$/, "", client)
    if (client == "-no-domain-") return 0
    if (digits(client) != "") return digits(client) == digits(address)
    if (client !~ /^gss\// && (at = index(client, "/")) > 0 && digits(substr(client, 1, at - 1)) != "")
      return share(digits(substr(client, 1, at - 1)), digits(address), bits_of(substr(client, at + 1)))
    return 1
  }
  function means_any(client, count, list, parts, i, j) {
    count = split(ENVIRON["addresses"], list, " ")
    parts = split(client, domain, ",")
    for (i = 1; i <= count; i++) for (j = 1; j <= parts; j++) if (means(domain[j], list[i])) return 1
    return 0
  }
  # Who may mount a folder may reach what is above and below it on the same file system.
  function is_above(path, count, list, i) {
    count = split(ENVIRON["paths"], list, " ")
    for (i = 1; i <= count; i++) if (path == "/" || index(list[i], path "/") == 1) return 1
    return 0
  }
  function is_store(path, count, list, i) {
    count = split(ENVIRON["paths"], list, " ")
    for (i = 1; i <= count; i++) if (path == list[i] || index(path, list[i] "/") == 1) return 1
    return 0
  }
  function concerns(path) { return is_store(path) || is_above(path) }'
export addresses paths inodes controls name

boot_id() { IFS= read -r boot < /proc/sys/kernel/random/boot_id || boot=''; }

marked() { # ADDRESS: sets $its_failover, $its_host and $its_epoch
  its_failover='' its_host='' its_epoch=''
  [ -f "$fences/$1" ] && read -r its_failover its_host its_epoch _ < "$fences/$1"
}

lock() {
  { mkdir -p "$run" && exec 9> "$run/nfs-server.lock" && flock -w $((5 * ${PACE:-1})) 9; } || fail 'another is changing the exports of this server'
}

# A later leader has been here, or the fence of this failure was ended: who asks now asks late.
refuse_late() {
  for address in $addresses; do
    if marked "$address" && [ "${its_epoch:-0}" -gt "$epoch" ]; then fail "a later leader, $its_epoch, has fenced $its_host"; fi
  done
  ended=''
  [ ! -f "$fences/.ended.$host" ] || read -r ended < "$fences/.ended.$host"
  [ "$verb" = unfence ] || [ "$ended" != "$failover" ] || fail "the fence of $host for $failover was ended"
}

mark() {
  mkdir -p "$fences" || fail "$fences cannot be made"
  for address in $addresses; do
    { printf '%s %s %s %s\n' "$failover" "$host" "$epoch" "$boot" > "$fences/.new" && sync "$fences/.new" && mv -f "$fences/.new" "$fences/$address"; } || fail "$fences/$address cannot be written"
  done
  sync "$fences" || fail "$fences cannot be synchronised"
}

withdraw() {
  for file in "$exports"/kvm-operator-*.exports; do
    [ -e "$file" ] || continue
    awk "$addressing"'
      { line = $1; for (i = 2; i <= NF; i++) { client = $i; sub(/\(.*/, "", client); if (digits(client) == "" || !means_any(client)) line = line " " $i } if (line != $1) print line }' "$file" > "$file.new" || fail "$file cannot be read"
    if cmp -s "$file" "$file.new"; then rm -f "$file.new"; else { sync "$file.new" && mv -f "$file.new" "$file"; } || fail "$file cannot be written"; fi
  done
  # Otherwise a power cut would bring the old file back, and the server would export that.
  [ ! -d "$exports" ] || sync "$exports" || fail "$exports cannot be synchronised"
  # exportfs -r would read every line of everybody, resolve names, and look at every folder. What counts is what is left at the end.
  for address in $addresses; do
    case $address in *:*) target="[$address]" ;; *) target=$address ;; esac
    for path in $paths; do timeout 5 exportfs -u "$target:$path" > "$run/fence.said" 2>&1; done
  done
}

flush() { timeout 5 exportfs -f || echo 'note exportfs -f failed'; }

# The folders of the host's clients: by its address, by the name that it gives itself, or because they hold a guest's disk.
clients_of_host() {
  infos=$(echo "$clients"/*/info) awk "$addressing"'
    BEGIN {
      count = split(ENVIRON["infos"], info, " ")
      disks = split(ENVIRON["inodes"], inode, " ")
      well = split(ENVIRON["controls"], control, " ")
      for (i = 1; i <= count; i++) {
        address = ""; called = ""; is_well = 0; found = 0
        while ((getline text < info[i]) > 0) {
          if (text ~ /^address: "/) { address = substr(text, 11); sub(/:[0-9]*"$/, "", address) }
          if (text ~ /^name: "/) { called = substr(text, 8); sub(/"$/, "", called); sub(/^.* /, "", called) }
        }
        close(info[i])
        if (address == "") continue
        for (j = 1; j <= well; j++) if (digits(control[j]) == digits(address)) is_well = 1
        folder = info[i]; sub(/\/info$/, "", folder)
        if (is_well) { print "well " folder; continue }
        if (means_any(address) || (ENVIRON["name"] != "" && called == ENVIRON["name"])) found = 1
        while (!found && (getline text < (folder "/states")) > 0) for (j = 1; j <= disks; j++) if (index(text, "\"" inode[j] "\"")) found = 1
        close(folder "/states")
        if (found) print "host " folder
      }
    }'
}

# Ends the clients. The write returns when the last request of the client has ended and its state is gone, and cannot be interrupted meanwhile: it is left alone in the background, and its end is what is waited for.
drain() {
  expiring='' left='' undrained=''
  clients_of_host > "$run/fence.clients"
  while read -r kind folder; do
    [ "$kind" = host ] || continue
    expiring="$expiring $folder"
    ( exec 9>&-; echo expire > "$folder/ctl" ) < /dev/null > /dev/null 2> "$run/fence.expire.${folder##*/}" &
  done < "$run/fence.clients"
  tries=$((patience * 10))
  while [ "$tries" -gt 0 ]; do
    left=''
    for folder in $expiring; do if [ -e "$folder" ]; then left="$left $folder"; fi; done
    [ -n "$left" ] || break
    sleep 0.1
    tries=$((tries - 1))
  done
  for folder in $expiring; do
    id=${folder##*/}
    if [ -e "$folder" ]; then undrained="$undrained $id "; echo "note client $id does not end: $(head -n 1 "$run/fence.expire.$id")"; else echo "$failover $id" >> "$run/fence.expired.$host"; fi
    rm -f "$run/fence.expire.$id"
  done
  [ -z "$undrained" ]
}

# What is left, by its sight alone. Sets $found_left.
# Of caches, an export with v4root is none: it is how NFS 4 lets everybody walk down to what he may have. Where the host may have another folder, which is nobody's business here, the kernel
# rightly knows its address and makes a new client of it whenever it lives: then only what was not drained, and what has a guest's disk, speaks against it.
read_back() {
  found=$(
    table=$(timeout 5 exportfs -s 2> /dev/null)
    printf '%s\n' "$table" | awk "$addressing"'
      NF < 2 { next }
      { client = $2; sub(/\(.*/, "", client) }
      !concerns($1) { if (means_any(client)) print "elsewhere"; next }
      { if (means_any(client)) print "export " $1 " " $2; for (i = split(ENVIRON["controls"], control, " "); i > 0; i--) if (means(client, control[i])) print "let-in" }'
    [ ! -r "$caches/auth.unix.ip/content" ] || awk "$addressing"'/^#/ { next } $1 == "nfsd" && $3 != "-no-domain-" && means_any($2) { print "known auth.unix.ip " $0 }' "$caches/auth.unix.ip/content"
    # A line that begins with # is one that the kernel does not believe any more.
    [ ! -r "$caches/nfsd.export/content" ] || awk "$addressing"'/^#/ || /[(,]v4root[,)]/ { next } { client = $2; sub(/\(.*/, "", client); if (concerns($1) && means_any(client)) print "cache nfsd.export " $0 }' "$caches/nfsd.export/content"
    [ ! -r "$caches/nfsd.fh/content" ] || awk "$addressing"'/^#/ { next } NF > 3 && is_store($4) && means_any($1) { print "cache nfsd.fh " $0 }' "$caches/nfsd.fh/content"
    clients_of_host | while read -r kind folder; do
      if [ "$kind" = host ]; then echo "there ${folder##*/}"; elif [ -e "$folder/states" ]; then echo 'is-client'; fi
    done
    for inode in $inodes; do grep -hF -e "\"$inode\"" "$clients"/*/states 2> /dev/null | sed 's/^/state /'; done
  )
  found_left=$(printf '%s\n' "$found" | undrained=$undrained awk '
    $1 == "elsewhere" { elsewhere = 1 }
    $1 == "export" || $1 == "cache" || $1 == "state" { print }
    $1 == "known" { $1 = "cache"; if (!elsewhere) print }
    $1 == "there" { if (!elsewhere || index(ENVIRON["undrained"], " " $2 " ")) print "client " $2; else print "note client " $2 " is there for another folder" }')
}

case $verb in
  fence | verify | unfence) ;;
  *) fail "$verb is not understood" ;;
esac
case $epoch in '' | *[!0-9]*) fail "$epoch is no epoch" ;; esac

if [ "$verb" = verify ]; then
  mkdir -p "$run" || fail "$run cannot be made"
else
  lock
  refuse_late
fi

if [ "$verb" = unfence ]; then
  for address in $addresses; do
    if marked "$address" && [ "$its_failover" != "$failover" ]; then fail "$host is fenced for $its_failover, and not for $failover"; fi
  done
  { mkdir -p "$fences" && echo "$failover" > "$fences/.new" && sync "$fences/.new" && mv -f "$fences/.new" "$fences/.ended.$host"; } || fail "$fences cannot be written"
  for address in $addresses; do rm -f "$fences/$address" || fail "$fences/$address cannot be removed"; done
  sync "$fences" || fail "$fences cannot be synchronised"
  exit 0
fi

boot_id
before=$boot
settled=yes
if [ "$verb" = fence ]; then
  mark
  withdraw
  flush
  # An answer that mountd was about to give may come after the flush, and the kernel believes it for half an hour or for ever. What it lets in until a second later is ended, too.
  settled=no rounds=3
  while [ "$settled" = no ] && [ "$rounds" -gt 0 ] && drain; do
    sleep 1
    flush
    read_back
    printf '%s\n' "$found_left" | grep -q '^client ' || settled=yes
    rounds=$((rounds - 1))
  done
  [ "$settled" = yes ] || read_back
else
  read_back
fi

boot_id
its_failover=''
for address in $addresses; do
  marked "$address"
  # Each of its addresses, or it is none.
  [ "$its_failover" = "$failover" ] || break
done
printf 'boot %s %s\nmark %s\n' "$before" "$boot" "$its_failover"
[ -z "$found_left" ] || printf '%s\n' "$found_left"
case $found in *let-in*is-client*) echo 'control yes' ;; *) echo 'control no' ;; esac
echo "settled $settled"
# An earlier try may have ended some, and its answer may have been lost. A restart of the server, which ends all clients, empties the file.
[ ! -f "$run/fence.expired.$host" ] || while read -r its_failover id; do [ "$its_failover" != "$failover" ] || echo "expired $id"; done < "$run/fence.expired.$host"
printf 'digest %s\n' "$(cat "$exports"/*.exports /etc/exports 2> /dev/null | cksum)"
