#!/bin/sh
# Brings the operator's own rules of a running firewalld in line with who is wanted; functions for other scripts.
#   firewalld_changes MARK WHAT ADDRESS...   prints what is missing or too many: permanent|running ZONE add|remove RULE; WHAT has one element of a rule a line
#   firewalld_apply CHANGES                  carries such lines out

firewalld_bus() { busctl --timeout="$((25 * ${PACE:-1}))" call org.fedoraproject.FirewallD1 "$@" 2>/dev/null; }

# The zones in use, from what getActiveZones says: zone count ("interfaces"|"sources" count "name"...)... An interface in another zone than the default one is closed as well. Those of guests
# and containers are not the peers' way.
firewalld_bus_zones() {
  awk '{
    gsub(/"/, "")
    for (i = 3; i <= NF; ) {
      zone = $(i++); used = 0
      for (kinds = $(i++); kinds > 0; kinds--) {
        kind = $(i++)
        for (names = $(i++); names > 0; names--) { name = $(i++); if (kind == "sources" || name !~ /^(virbr|vnet|docker|veth|cni|podman)/) used = 1 }
      }
      if (used) print zone
    }
  }'
}

# Prints "used ZONE" for each zone in use, and "bus permanent|running ZONE TEXTS" with the rules as busctl writes texts: of the zones in use, the default one, and those whose stored file has the mark.
firewalld_ask() {
  command -v busctl >/dev/null || return 1
  active=$(firewalld_bus /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getActiveZones) || return 1
  asked=' '
  for zone in "$default" $(printf '%s\n' "$active" | firewalld_bus_zones) - $(grep -lsE "priority=.$mark." /etc/firewalld/zones/*.xml); do
    # Behind the dash stand files of zones that need not be in use.
    if [ "$zone" = - ]; then used=no; continue; fi
    zone=${zone##*/} zone=${zone%.xml}
    [ "${used:-yes}" = no ] || echo "used $zone"
    case $asked in *" $zone "*) continue ;; esac
    asked="$asked$zone "
    rules=$(firewalld_bus /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getRichRules s "$zone") || rules=
    printf 'bus running %s %s\n' "$zone" "$rules"
    path=$(firewalld_bus /org/fedoraproject/FirewallD1/config org.fedoraproject.FirewallD1.config getZoneByName s "$zone") || return 1
    path=${path#*\"} path=${path%\"*}
    rules=$(firewalld_bus "$path" org.fedoraproject.FirewallD1.config.zone getRichRules) || return 1
    printf 'bus permanent %s %s\n' "$zone" "$rules"
  done
}

# The same of all zones, with "list permanent|running LINE" as firewall-cmd lists them. It takes long to start, so both are asked at once.
firewalld_list() {
  running=$(mktemp) || return 1
  firewall-cmd --list-all-zones > "$running" &
  stored=$(firewall-cmd --permanent --list-all-zones) && wait $!
  answered=$?
  if [ "$answered" -eq 0 ]; then
    echo "used $default"
    awk '
      /^[^ \t]/ { zone = $1 }
      $1 == "interfaces:" { for (i = 2; i <= NF; i++) if ($i !~ /^(virbr|vnet|docker|veth|cni|podman)/) print "used", zone }
      $1 == "sources:" && NF > 1 { print "used", zone }
      { print "list running " $0 }' "$running"
    printf '%s\n' "$stored" | sed 's/^/list permanent /'
  fi
  rm -f "$running"
  return "$answered"
}

firewalld_changes() {
  mark=$1 what=$2
  shift 2
  # The default zone is in a file (man firewalld.conf).
  default=public
  if [ -r /etc/firewalld/firewalld.conf ]; then
    while IFS='=' read -r key value; do [ "$key" != DefaultZone ] || default=$value; done < /etc/firewalld/firewalld.conf
  fi
  known=$(firewalld_ask) || known=$(firewalld_list) || return 1
  printf '%s\n' "$known" | what=$what want="$*" awk -v mark="$mark" '
    BEGIN {
      count = split(ENVIRON["what"], lines, "\n")
      for (i = 1; i <= count; i++) whats[lines[i]]
      count = split(ENVIRON["want"], lines, " ")
      for (i = 1; i <= count; i++) for (what in whats) wanted[sprintf("rule priority=\"%s\" family=\"%s\" source address=\"%s\" %s accept", mark, (lines[i] ~ /:/ ? "ipv6" : "ipv4"), lines[i], what)]
    }
    $1 == "used" { zones[$2]; next }
    $1 == "bus" {
      line = $0
      while (match(line, /"([^"\\]|\\.)*"/)) {
        rule = substr(line, RSTART + 1, RLENGTH - 2)
        line = substr(line, RSTART + RLENGTH)
        gsub(/\\"/, "\"", rule); gsub(/\\\\/, "\\", rule)
        have[$2 " " $3 " " rule]
      }
      next
    }
    $1 == "list" {
      line = substr($0, length($2) + 7)
      if (line ~ /^[^ \t]/) { split(line, words, " "); zone = words[1] }
      if (sub(/^[ \t]+rule /, "rule ", line)) have[$2 " " zone " " line]
    }
    END {
      for (rule in wanted) {
        plain = rule
        sub(/ priority="[0-9]+"/, "", plain)
        for (zone in zones) {
          if (!("permanent " zone " " rule in have) && !("permanent " zone " " plain in have)) print "permanent", zone, "add", rule
          if (!("running " zone " " rule in have) && !("running " zone " " plain in have)) print "running", zone, "add", rule
        }
      }
      for (line in have) {
        split(line, words, " ")
        rule = substr(line, length(words[1] words[2]) + 3)
        for (what in whats) {
          head = "rule priority=\"" mark "\" family=\"ipv"
          tail = " " what " accept"
          ours = index(rule, head) == 1 && substr(rule, length(rule) - length(tail) + 1) == tail
          if (ours && (!(words[2] in zones) || !(rule in wanted))) print words[1], words[2], "remove", rule
        }
      }
    }'
}

firewalld_apply() {
  changes=$1
  # Each call of firewall-cmd is slow, so all rules of a zone go into one. It does not add and remove in the same.
  set -f
  printf '%s\n' "$changes" | awk 'NF { print $1, $2, $3 }' | sort -u | while read -r store zone change; do
    set --
    IFS='
'
    for rule in $(printf '%s\n' "$changes" | sed -n "s|^$store $zone $change ||p" | sort); do set -- "$@" "--$change-rich-rule=$rule"; done
    unset IFS
    [ "$store" = running ] || set -- --permanent "$@"
    firewall-cmd --quiet --zone="$zone" "$@" </dev/null || exit 1
  done || return 1
  set +f
}
