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
        machine.Stub("systemctl", "exit 0");
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
    }
}
