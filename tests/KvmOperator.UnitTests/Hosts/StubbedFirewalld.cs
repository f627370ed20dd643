namespace KvmOperator.UnitTests.Hosts;

/// <summary>
/// A firewalld that runs on a <see cref="StubbedMachine"/>. It keeps its rules in two files, <c>/stored</c> and <c>/running</c>, one <c>ZONE RULE</c> a line, and prints them as
/// recorded from firewalld 1.3.
/// </summary>
internal static class StubbedFirewalld
{
    /// <summary>Installs it, with a network card in each of these zones, of which <c>public</c> is the default one. Rules that are there stay.</summary>
    public static void Install(StubbedMachine machine, params string[] zones)
    {
        machine.Stub("systemctl", "case $1 in show) for unit in nfs-server firewalld; do printf 'Id=%s.service\\nActiveState=active\\nUnitFileState=enabled\\n\\n' $unit; done ;; is-active) [ $2 = --quiet ] || echo active ;; esac");
        machine.Stub(
            "firewall-cmd",
            $$"""
            rules=$machine/running zone=public
            for option; do
              case $option in
                --permanent) rules=$machine/stored ;;
                --zone=*) zone=${option#*=} ;;
                --list-all-zones)
                  for zone in libvirt public storage work; do
                    interfaces=
                    case " {{string.Join(' ', zones)}} " in *" $zone "*) interfaces=" en$zone" ;; esac
                    [ "$zone" != libvirt ] || interfaces=' virbr0'
                    printf '%s%s\n  target: default\n  interfaces:%s\n  sources: \n  services: dhcpv6-client ssh\n  rich rules: \n' "$zone" "${interfaces:+ (active)}" "$interfaces"
                    sed -n "s/^$zone /\t/p" "$rules"
                    echo
                  done
                  exit 0
                  ;;
                --add-rich-rule=*) grep -qxF -- "$zone ${option#*=}" "$rules" || echo "$zone ${option#*=}" >> "$rules" ;;
                --remove-rich-rule=*) grep -vxF -- "$zone ${option#*=}" "$rules" > "$rules.new"; mv "$rules.new" "$rules" ;;
              esac
            done
            """);
        machine.Stub(
            "busctl",
            $$"""
            # --timeout=N call SERVICE OBJECT INTERFACE METHOD [s ZONE]
            texts() { awk -v zone="$2" 'index($0, zone " ") == 1 { line = substr($0, length(zone) + 2); gsub(/"/, "\\\"", line); out = out " \"" line "\""; count++ } END { print "as " count + 0 out }' "$1"; }
            case $6 in
              getActiveZones)
                out='"libvirt" 1 "interfaces" 1 "virbr0"' count=1
                for zone in {{string.Join(' ', zones)}}; do out="$out \"$zone\" 1 \"interfaces\" 1 \"en$zone\"" count=$((count + 1)); done
                echo "a{sa{sas}""} $count $out"
                ;;
              getZoneByName) echo "o \"/org/fedoraproject/FirewallD1/config/zone/$8\"" ;;
              getRichRules)
                case $4 in
                  */zone/*) texts "$machine/stored" "${4##*/}" ;;
                  *) texts "$machine/running" "$8" ;;
                esac
                ;;
              *) exit 1 ;;
            esac
            """);
        KeepFiles(machine);
    }

    /// <summary>Has no D-Bus: what firewalld has can be asked with firewall-cmd only.</summary>
    public static void WithoutBus(StubbedMachine machine) => machine.Stub("busctl", "exit 1");

    /// <summary>Writes down the stored rules as firewalld keeps them, in a file for each zone that somebody changed.</summary>
    public static void KeepFiles(StubbedMachine machine)
    {
        var stored = File.Exists(machine.Path("/stored")) ? machine.Read("/stored") : string.Empty;
        foreach (var zone in stored.Split('\n', StringSplitOptions.RemoveEmptyEntries).GroupBy(line => line.Split(' ')[0], StringComparer.Ordinal))
        {
            machine.Write($"/etc/firewalld/zones/{zone.Key}.xml", $"<zone>\n{string.Join('\n', zone.Select(line => line.Replace("rule priority=\"", "<rule family=\"ipv4\" priority=\"", StringComparison.Ordinal)))}\n</zone>\n");
        }
    }
}
