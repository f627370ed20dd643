using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Installs KVM, QEMU and libvirt, starts the daemons, checks the processor, lets QEMU take memory after a switch to post-copy, starts libvirt's default network where guests name it, away from the host's own ones, and takes away the storage pools that virt-install left of guests.</summary>
internal sealed class Virtualization(PackageManager packages, StepJobs jobs) : IPreparationStep
{
    private static readonly PackageSet Hypervisor = new(
        "virtualization",
        ["qemu-system-x86", "qemu-utils", "libvirt-daemon-system", "libvirt-clients", "virtinst", "ovmf", "dnsmasq-base", "nfs-common"],
        ["qemu-kvm", "qemu-img", "libvirt-daemon-kvm", "libvirt-daemon-config-network", "libvirt-client", "virt-install", "edk2-ovmf", "nfs-utils"]);

    /// <summary>
    /// Newer distributions have one daemon a purpose instead of libvirtd; sockets start them. Where both can be had, the kind that starts with the machine stays.
    /// </summary>
    private const string Daemons =
        """
        enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
        if systemctl cat libvirtd.service >/dev/null 2>&1 && { enabled libvirtd.service || ! enabled virtqemud.socket; }; then daemons='libvirtd.socket libvirtd.service'; else
          daemons=
          for daemon in virtqemud virtnetworkd virtnodedevd virtstoraged virtsecretd virtproxyd; do daemons="$daemons $daemon.socket $daemon-ro.socket"; done
        fi
        """;

    private static readonly string GuestsWithTheMachine = ManagedBlock.Functions + "\n" + HostScripts.Read("Preparation/libvirt-guests.sh");

    /// <summary><c>$1</c> is whether the default network is needed, the others are the stores' mount paths. What the validation says of a machine is good until its next start, and costs a second.</summary>
    private static readonly string Check = Daemons + "\n" + HostScripts.Read("Preparation/left-pools.sh") + "\n" + GuestsWithTheMachine + "\n" +
        """
        needed=$1 validated=/run/kvm-operator/validated
        shift
        for daemon in $daemons; do
          enabled "$daemon" || echo "drift $daemon does not start with the machine"
          # An idle daemon ends by itself, and its socket starts it again.
          case $daemon in *.socket) systemctl is-active --quiet "$daemon" || echo "drift $daemon does not listen" ;; esac
        done
        # Without the device the validation can only say no; loading the module comes first.
        if [ ! -e /dev/kvm ]; then
          grep -qwE 'vmx|svm' /proc/cpuinfo || echo 'blocked the processor offers no virtualisation: switch it on in the firmware'
          echo 'drift /dev/kvm is missing; if it stays so, see why modprobe kvm-intel or kvm-amd fails'
        elif [ ! -e "$validated" ]; then
          grep -qwE 'vmx|svm' /proc/cpuinfo || echo 'blocked the processor offers no virtualisation: switch it on in the firmware'
          failed=$(virt-host-validate -q qemu 2>&1 | grep FAIL | sed 's/ *: FAIL.*//' | tr '\n' ',')
          if [ -n "$failed" ]; then echo "blocked virt-host-validate says no to: $failed"; else mkdir -p "${validated%/*}" && : > "$validated"; fi
        fi
        if ! networks=$(timeout "$((10 * PACE))" virsh -r net-list --all 2>/dev/null); then
          echo 'drift libvirt does not answer'
        elif [ "$needed" = yes ]; then
          # Name, state, autostart, persistent.
          printf '%s\n' "$networks" | awk '
            $1 == "default" { found = 1; if ($3 != "yes") print "drift the default network does not start with the machine"; if ($2 != "active") print "drift the default network is not active" }
            END { if (!found) print "drift libvirt has no default network" }'
        fi
        userfaultfd=
        { IFS= read -r userfaultfd < /proc/sys/vm/unprivileged_userfaultfd; } 2>/dev/null
        [ "$userfaultfd" != 0 ] || echo 'drift QEMU may not use userfaultfd, which post-copy needs'
        libvirt_guests_check
        left=$(left_pools "$@" | tr '\n' ' ')
        [ -z "$left" ] || echo "drift storage pools are left that virt-install made for guests: $left"
        echo 'ready KVM and libvirt work'
        """;

    /// <summary>
    /// QEMU does not run as root, and after a switch to post-copy it takes each missing page by userfaultfd (https://docs.kernel.org/admin-guide/sysctl/vm.html). libvirt
    /// ships this very setting; some distributions do not install it.
    /// </summary>
    private const string AllowUserfaultfd =
        """
        [ "$(cat /proc/sys/vm/unprivileged_userfaultfd 2>/dev/null)" = 0 ] || exit 0
        mkdir -p /etc/sysctl.d && printf '%s\n' '# Made by KvmOperator: QEMU needs it for post-copy.' 'vm.unprivileged_userfaultfd = 1' > /etc/sysctl.d/60-kvm-operator.conf || exit 1
        echo 1 > /proc/sys/vm/unprivileged_userfaultfd
        """;

    private const string ForbidUserfaultfd =
        """
        [ -e /etc/sysctl.d/60-kvm-operator.conf ] || exit 0
        rm -f /etc/sysctl.d/60-kvm-operator.conf
        echo 0 > /proc/sys/vm/unprivileged_userfaultfd
        """;

    /// <summary>The arguments are the stores' mount paths.</summary>
    private static readonly string StartDaemons = Daemons + "\n" + HostScripts.Read("Preparation/left-pools.sh") + "\n" +
        """
        [ -e /dev/kvm ] || modprobe kvm-intel 2>/dev/null || modprobe kvm-amd 2>/dev/null
        # systemctl says only that it failed; what the daemons said is in the journal.
        systemctl enable --now --quiet $daemons || { journalctl -u 'libvirtd*' -u 'virt*d*' -p warning -n 3 -o cat >&2 2>/dev/null; exit 1; }
        remove_left_pools "$@"
        """;

    /// <summary>
    /// Prints the networks of the host and of libvirt's other networks, running or not; of libvirt's default network its range (<c>own</c>), and whether it is active; nothing of it when there is none.
    /// </summary>
    private const string Networks =
        """
        networks=$(virsh -r net-list --all --name) && networks=$(printf '%s\n' "$networks" | sed 's/ *$//') || exit 1
        ranges() { virsh -r net-dumpxml --inactive "$1" | sed -n "s/.*<ip [^>]*address='\([0-9.]*\)'[^>]* \(netmask\|prefix\)='\([0-9.]*\)'.*/$2 \1\/\3/p"; }
        bridge=
        if printf '%s\n' "$networks" | grep -qx default; then
          virsh -r net-info default | sed -n 's/^Active: */active /p'
          bridge=$(virsh -r net-info default | sed -n 's/^Bridge: *//p')
          ranges default own
        fi
        printf '%s\n' "$networks" | while IFS= read -r name; do [ -z "$name" ] || [ "$name" = default ] || ranges "$name" network; done
        ip -4 -o addr show | awk -v own="$bridge" '$2 != own { print "network", $4 }'
        ip -4 route show | awk -v own="$bridge" '$1 ~ /\// { for (i = 2; i < NF; i++) if ($i == "dev" && $(i + 1) == own) next; print "network", $1 }'
        """;

    /// <summary><c>$1</c> is the range, empty for an active network, which stays as it is. An inactive one is redefined there unless that is its range, with all else as it was; a missing one is defined.</summary>
    private const string StartNetwork =
        """
        if [ -n "$1" ]; then
          if ! virsh net-info default >/dev/null 2>&1; then
            # libvirt finds a free name for the bridge itself.
            echo "<network><name>default</name><forward mode='nat'/><bridge stp='on' delay='0'/><ip address='$1.1' netmask='255.255.255.0'><dhcp><range start='$1.2' end='$1.254'/></dhcp></ip></network>" |
              virsh net-define /dev/stdin || exit 1
          else
            xml=$(virsh net-dumpxml --inactive default) || exit 1
            now=$(printf '%s\n' "$xml" | sed -n "s/.*<ip address='\([0-9]*\.[0-9]*\.[0-9]*\)\.[0-9]*'.*/\1/p" | head -n 1)
            if [ -n "$now" ] && [ "$now" != "$1" ]; then
              pattern=$(printf %s "$now" | sed 's/\./\\./g')
              printf '%s\n' "$xml" | sed "s/'$pattern\./'$1./g" | virsh net-define /dev/stdin || exit 1
            fi
          fi
        fi
        virsh net-autostart default || exit 1
        [ -z "$1" ] || virsh net-start default || {
          # dnsmasq says that the port is taken, and not by whom.
          holder=$(ss -Hulpn sport = :67 2>/dev/null | sed -n 's/.*users:(\(.*\)).*/\1/p' | head -n 3 | tr '\n' ' ')
          [ -z "$holder" ] || echo "UDP port 67, which it needs for DHCP, is held by $holder" >&2
          exit 1
        }
        """;

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Virtualization;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var installed = await packages.CheckAsync(host, Hypervisor, plan.ManagesPackages, cancellationToken);
        return installed.IsReady ? StepState.Parse((await host.RequireAsync(RemoteCommand.Script(Check, [plan.NeedsDefaultNetwork ? "yes" : "no", .. Mounts(plan)]).WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken)).OutputText) : installed;
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var installed = await packages.ApplyAsync(host, Hypervisor, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        if (!await jobs.RunAsync(host, "daemons", StartDaemons, Mounts(plan), cancellationToken))
        {
            return new StepState(StepStatus.InProgress, "libvirt's daemons are being started");
        }

        await host.RequireAsync(RemoteCommand.Script(GuestsWithTheMachine + "\nlibvirt_guests_put || exit 1\n" + AllowUserfaultfd), cancellationToken);
        if (!plan.NeedsDefaultNetwork)
        {
            return await CheckAsync(host, plan, cancellationToken);
        }

        var (isUnderWay, problem) = await StartNetworkAsync(host, cancellationToken);
        if (isUnderWay)
        {
            return new StepState(StepStatus.InProgress, "libvirt's default network is being started");
        }

        if (problem is null)
        {
            return await CheckAsync(host, plan, cancellationToken);
        }

        // Guests on bridges and on other networks do not need it.
        var rest = await CheckAsync(host, plan with { NeedsDefaultNetwork = false }, cancellationToken);
        return rest.IsReady
            ? rest with { Message = $"{rest.Message}, but not libvirt's default network, which guests of this pool name: {problem}. Those guests cannot run here until it does; it is tried again", IsPending = true }
            : rest;
    }

    /// <summary>Starts the default network on a range that is free.</summary>
    /// <returns>Whether that goes on after the call; and why it cannot be, null when it can.</returns>
    private async Task<(bool IsUnderWay, string? Problem)> StartNetworkAsync(IHostShell host, CancellationToken cancellationToken)
    {
        try
        {
            var lines = (await host.ReadAsync(RemoteCommand.Script(Networks), cancellationToken)).Split('\n');
            string? range = string.Empty;
            if (!lines.Contains("active yes", StringComparer.Ordinal))
            {
                IEnumerable<string> After(string word) => lines.Where(line => line.StartsWith(word + " ", StringComparison.Ordinal)).Select(line => line[(word.Length + 1)..]);
                var taken = After("network").Select(Network).ToList();
                range = After("own").FirstOrDefault() is { } own && NetworkRange.IsFree(Network(own), taken) ? string.Join('.', own.Split('.').Take(3)) : NetworkRange.FindFree(taken);
                if (range is null)
                {
                    return (false, "no range 192.168.x.0/24 is free for it: define it by hand (virsh net-define)");
                }
            }

            return (!await jobs.RunAsync(host, "network", StartNetwork, [range], cancellationToken), null);
        }
        catch (Exception exception) when (StepFailures.Explain(exception) is not null)
        {
            return (false, StepFailures.Explain(exception));
        }
    }

    /// <summary>Packages and daemons stay: a person's guests may need them.</summary>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script("rm -rf /run/kvm-operator/validated /var/lib/kvm-operator/templates\n" + GuestsWithTheMachine + "\nlibvirt_guests_remove || exit 1\n" + ForbidUserfaultfd), cancellationToken);

    private static IReadOnlyList<string> Mounts(HostPlan plan) => [.. plan.Stores.Select(store => PlainWord.Require(store.MountPath)), .. plan.KeptMountPaths.Select(PlainWord.Require)];

    /// <summary>The network of an address with a prefix length or a mask.</summary>
    private static string Network(string addressWithPrefix)
    {
        var parts = addressWithPrefix.Split('/');
        if (parts.Length == 2 && parts[1].Contains('.', StringComparison.Ordinal) && System.Net.IPAddress.TryParse(parts[1], out var dotted))
        {
            parts[1] = System.Numerics.BitOperations.PopCount(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(dotted.GetAddressBytes())).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (parts.Length != 2 || !System.Net.IPAddress.TryParse(parts[0], out var address) || !int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length) || length > 32)
        {
            return string.Empty;
        }

        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        var mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        var network = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(network, bits & mask);
        return $"{new System.Net.IPAddress(network)}/{length}";
    }
}
