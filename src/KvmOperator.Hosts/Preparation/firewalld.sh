#!/bin/sh
# Brings the operator's own rules of a running firewalld in line with who is wanted; functions for other scripts.
#   firewalld_changes MARK WHAT ADDRESS...   prints what is missing or too many: permanent|running ZONE add|remove RULE; WHAT has one element of a rule a line
#   firewalld_apply CHANGES                  carries such lines out

# Reads zones as firewall-cmd lists them, and prints those in use. An interface in another zone than the default one is closed as well. Those of guests and containers are not the peers' way.
firewalld_used() {
  awk '
    /^[^ \t]/ { zone = $1 }
    $1 == "interfaces:" { for (i = 2; i <= NF; i++) if ($i !~ /^(virbr|vnet|docker|veth|cni|podman)/) print zone }
    $1 == "sources:" && NF > 1 { print zone }' | sort -u
}
firewalld_bus() { busctl --timeout="$((25 * ${PACE:-1}))" call org.fedoraproject.FirewallD1 "$@" 2>/dev/null; }
# One line for each text that busctl prints, as the text itself is.
firewalld_texts() { awk '{ while (match($0, /"([^"\\]|\\.)*"/)) { text = substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH); gsub(/\\"/, "\"", text); gsub(/\\\\/, "\\", text); print text } }'; }
# As firewall-cmd lists zones, for those in use, the default one and the marked ones.
firewalld_ask() {
  command -v busctl >/dev/null || return 1
  active=$(firewalld_bus /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getActiveZones) || return 1
  # zone count ("interfaces"|"sources" count "name"...)...
  active=$(printf '%s\n' "$active" | sed 's/^[^ ]* [0-9]* *//' | awk '{
    for (i = 1; i <= NF; ) {
      zone = $(i++); gsub(/"/, "", zone); print zone
      for (kinds = $(i++); kinds > 0; kinds--) {
        kind = $(i++); gsub(/"/, "", kind); line = "  " kind ":"
        for (names = $(i++); names > 0; names--) { name = $(i++); gsub(/"/, "", name); line = line " " name }
        print line
      }
    }
  }')
  zones=$(
    {
      echo "${default:-public}"
      printf '%s\n' "$active" | firewalld_used
      grep -lsE "priority=.$mark." /etc/firewalld/zones/*.xml | sed 's|.*/||; s|\.xml$||'
    } | sort -u
  )
  running=$active stored=
  for zone in $zones; do
    rules=$(firewalld_bus /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getRichRules s "$zone") || rules=
    running="$running
$zone
$(printf '%s\n' "$rules" | firewalld_texts | sed 's/^/\t/')"
    path=$(firewalld_bus /org/fedoraproject/FirewallD1/config org.fedoraproject.FirewallD1.config getZoneByName s "$zone" | firewalld_texts)
    [ -n "$path" ] && rules=$(firewalld_bus "$path" org.fedoraproject.FirewallD1.config.zone getRichRules) || return 1
    stored="$stored
$zone
$(printf '%s\n' "$rules" | firewalld_texts | sed 's/^/\t/')"
  done
  current=$running
}
firewalld_list() {
  # firewall-cmd takes long to start, so both are asked at once.
  running=$(mktemp) || return 1
  firewall-cmd --list-all-zones > "$running" &
  stored=$(firewall-cmd --permanent --list-all-zones) && wait $! && current=$(cat "$running")
  answered=$?
  rm -f "$running"
  return "$answered"
}
firewalld_changes() {
  mark=$1 what=$2
  shift 2
  # The default zone is in a file (man firewalld.conf).
  default=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf 2>/dev/null)
  firewalld_ask || firewalld_list || return 1
  {
    echo "zone ${default:-public}"
    printf '%s\n' "$current" | firewalld_used | sed 's/^/zone /'
    printf '%s\n' "$what" | sed 's/^/what /'
    for address; do echo "want $address"; done
    printf '%s\n' "$stored" | sed 's/^/permanent:/'
    printf '%s\n' "$current" | sed 's/^/running:/'
  } | awk -v mark="$mark" '
    $1 == "zone" { zones[$2]; next }
    $1 == "what" { whats[substr($0, 6)]; next }
    $1 == "want" { for (what in whats) wanted[sprintf("rule priority=\"%s\" family=\"%s\" source address=\"%s\" %s accept", mark, ($2 ~ /:/ ? "ipv6" : "ipv4"), $2, what)]; next }
    {
      store = substr($0, 1, index($0, ":") - 1)
      line = substr($0, length(store) + 2)
      if (line ~ /^[^ \t]/) { split(line, words, " "); zone = words[1] }
      if (sub(/^[ \t]+rule /, "rule ", line)) have[store " " zone " " line]
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
    }' | sort
}
firewalld_apply() {
  changes=$1
  # Each call of firewall-cmd is slow, so all rules of a zone go into one. It does not add and remove in the same.
  set -f
  printf '%s\n' "$changes" | awk 'NF { print $1, $2, $3 }' | sort -u | while read -r store zone change; do
    set --
    IFS='
'
    for rule in $(printf '%s\n' "$changes" | sed -n "s|^$store $zone $change ||p"); do set -- "$@" "--$change-rich-rule=$rule"; done
    unset IFS
    [ "$store" = running ] || set -- --permanent "$@"
    firewall-cmd --quiet --zone="$zone" "$@" </dev/null || exit 1
  done || return 1
  set +f
}
