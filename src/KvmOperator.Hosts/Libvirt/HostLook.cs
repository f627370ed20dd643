using System.Xml;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Looks at hosts with one remote script a look: where a host cannot be listened to.</summary>
internal static class HostLook
{
    /// <summary>
    /// The arguments are the stores' mount paths. libvirt is asked by two processes, however many domains there are; UUIDs go into the second one's text, never names.
    /// What the kernel tells is read by one process, the first lines of each file: every process of a look is paid for on each host, every ten seconds.
    /// A store is probed by a process of its own, because a hung mount holds whoever touches it; all stores at once and beside libvirt, so that many hung ones take no longer than one.
    /// A probe's answer appears as a whole file: one that even a kill does not end is not waited for.
    /// </summary>
    private const string ObserveScript = SectionedOutput.Function + "\n" +
        """
        domains() {
          uuids=$(virsh -r list --all --uuid) || return
          commands='domstats --raw --nowait --state --cpu-total --balloon --vcpu'
          for uuid in $uuids; do
            echo "@listed $uuid"
            commands="$commands; echo; echo @domain $uuid; dumpxml $uuid"
          done
          virsh -r "$commands; echo; echo @after; list --all --uuid"
          echo @end
        }
        networks() {
          virsh -r net-list --name && echo @end
        }
        bridges() {
          for path in /sys/class/net/*/bridge; do
            path=${path%/bridge}
            [ ! -d "$path/bridge" ] || echo "${path##*/}"
          done
          echo @end
        }
        store() {
          mountpoint -q -- "$1" || { echo 'not mounted'; return; }
          stat -f -c 'size %S %b %a' -- "$1"
        }
        case $1 in
          @domains) domains; exit ;;
          @networks) networks; exit ;;
          @bridges) bridges; exit ;;
          @store) store "$2"; exit ;;
        esac
        answers=$(mktemp -d /run/kvm-operator-look.XXXXXX 2>/dev/null || mktemp -d) || exit 1
        trap 'rm -rf "$answers"' EXIT
        trap 'exit 1' HUP INT TERM
        number=0
        for path; do
          number=$((number + 1))
          { section "store $path" 4 /bin/sh -c "$script" kvm-operator @store "$path" > "$answers/part$number" && mv "$answers/part$number" "$answers/whole$number"; } </dev/null >/dev/null 2>&1 &
        done
        section kernel 2 grep -s -H -m 3 '' /proc/sys/kernel/random/boot_id /sys/devices/system/cpu/online /proc/stat /proc/loadavg /proc/meminfo /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io /sys/kernel/mm/hugepages/hugepages-*kB/nr_hugepages
        section domains 15 /bin/sh -c "$script" kvm-operator @domains
        section networks 10 /bin/sh -c "$script" kvm-operator @networks
        section bridges 2 /bin/sh -c "$script" kvm-operator @bridges
        all_whole() {
          [ "$number" -gt 0 ] || return 0
          set -- "$answers"/whole*
          [ "$#" -eq "$number" ] && [ -e "$1" ]
        }
        patience=$((60 * PACE))
        while [ "$patience" -gt 0 ] && ! all_whole; do
          patience=$((patience - 1))
          sleep 0.1
        done
        [ "$number" -eq 0 ] || cat "$answers"/whole* 2>/dev/null
        true
        """;

    private const string FactsScript = SectionedOutput.Function + "\n" +
        """
        section os 2 sh -c '. /etc/os-release && printf %s "$PRETTY_NAME"'
        section kernel 2 uname -r
        section architecture 2 uname -m
        section cpu 2 grep -m 1 '^model name' /proc/cpuinfo
        section machine 2 cat /etc/machine-id
        section versions 10 virsh -r version
        section name 10 virsh -r hostname
        section capabilities 10 virsh -r capabilities
        """;

    /// <summary>As <see cref="IHostObserver.ObserveAsync"/>.</summary>
    public static async Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
    {
        // The script calls itself under a time limit for the parts that may hang, so it needs its own text.
        var command = RemoteCommand.Script("script=$1; shift; export script; eval \"$script\"", [ObserveScript, .. mountPaths]);
        return ObservationParser.Parse((await host.RequireAsync(command, cancellationToken)).OutputText, mountPaths);
    }

    /// <summary>As <see cref="IHostObserver.ReadFactsAsync"/>.</summary>
    public static async Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var sections = new SectionedOutput((await host.RequireAsync(RemoteCommand.Script(FactsScript), cancellationToken)).OutputText);
        return new HostFacts(
            sections["os"],
            sections["kernel"],
            VersionAfter(sections, "Using library: libvirt "),
            VersionAfter(sections, "Running hypervisor: QEMU "),
            sections["cpu"].Split(':', 2).ElementAtOrDefault(1)?.Trim() ?? string.Empty,
            sections["architecture"],
            sections["machine"])
        {
            HostName = sections["name"],
            Uuid = UuidIn(sections["capabilities"]),
        };
    }

    /// <summary>What was cut off by its time limit says nothing.</summary>
    private static string UuidIn(string capabilities)
    {
        try
        {
            return HostSelf.Of(string.Empty, capabilities).Uuid;
        }
        catch (XmlException)
        {
            return string.Empty;
        }
    }

    private static string VersionAfter(SectionedOutput sections, string prefix) =>
        sections.Lines("versions").FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..].Trim() ?? string.Empty;
}
