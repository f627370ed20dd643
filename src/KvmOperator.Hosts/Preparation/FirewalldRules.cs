namespace KvmOperator.Hosts.Preparation;

/// <summary>Brings the operator's own rules of a running firewalld in line with who is wanted; part of other scripts.</summary>
internal static class FirewalldRules
{
    /// <summary>Marks what lets the peers reach SSH and the migration ports.</summary>
    public const string Peers = "14915";

    /// <summary>Marks what lets the hosts of a store reach the NFS server.</summary>
    public const string Stores = "14916";

    /// <summary>
    /// <c>firewalld_changes MARK WHAT ADDRESS…</c> prints one line for each rule that is missing or too many: <c>permanent|running ZONE add|remove RULE</c>.
    /// <c>WHAT</c> has one element of a rule a line. <c>firewalld_apply CHANGES</c> carries such lines out.
    /// Our own rules are told from a person's of the same content by their priority, the mark, that nobody else has a reason to choose (positive: what a person rejects stays
    /// rejected). A person's rule lets an address in as well as ours, and is never removed.
    /// </summary>
    public const string Function =
        """
        firewalld_changes() {
          mark=$1 what=$2
          shift 2
          # firewall-cmd takes long to start, so both are asked at once. The default zone is in a file (man firewalld.conf).
          default=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf 2>/dev/null)
          running=$(mktemp) || return 1
          firewall-cmd --list-all-zones > "$running" &
          stored=$(firewall-cmd --permanent --list-all-zones) && wait $! && current=$(cat "$running")
          answered=$?
          rm -f "$running"
          [ "$answered" -eq 0 ] || return 1
          {
            echo "zone ${default:-public}"
            # An interface in another zone than the default one is closed as well. Those of guests and containers are not the peers' way.
            printf '%s\n' "$current" | awk '
              /^[^ \t]/ { zone = $1 }
              $1 == "interfaces:" { for (i = 2; i <= NF; i++) if ($i !~ /^(virbr|vnet|docker|veth|cni|podman)/) print "zone", zone }
              $1 == "sources:" && NF > 1 { print "zone", zone }'
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
        """;
}
