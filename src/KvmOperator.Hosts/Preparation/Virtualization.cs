using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Installs KVM, QEMU and libvirt, starts the daemons, checks the processor, lets QEMU take memory after a switch to post-copy, starts libvirt's default network where guests name it, away from the host's own ones, and takes away the storage pools that virt-install left of guests.</summary>
internal sealed class Virtualization(PackageManager packages, StepJobs jobs) : IPreparationStep
{
    private static readonly PackageSet Hypervisor = new(
        "virtualization",
        ["qemu-system-x86", "qemu-utils", "libvirt-daemon-system", "libvirt-clients", "virtinst", "ovmf", "dnsmasq-base", "nfs-common"],
        ["qemu-kvm", "qemu-img", "libvirt-daemon-kvm", "libvirt-daemon-config-network", "libvirt-client", "virt-install", "edk2-ovmf", "nfs-utils"]);

    private static readonly string Daemons = HostScripts.Read("Preparation/libvirt-daemons.sh");

    private static readonly string LeftPools = HostScripts.Read("Preparation/left-pools.sh");

    private static readonly string GuestsWithTheMachine = ManagedBlock.Functions + "\n" + HostScripts.Read("Preparation/libvirt-guests.sh");

    private static readonly string Check = string.Join('\n', Daemons, LeftPools, GuestsWithTheMachine, HostScripts.Read("Preparation/check-virtualization.sh"));

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
    private static readonly string StartDaemons = Daemons + "\n" + LeftPools + "\n" +
        """
        [ -e /dev/kvm ] || modprobe kvm-intel 2>/dev/null || modprobe kvm-amd 2>/dev/null
        # systemctl says only that it failed; what the daemons said is in the journal.
        systemctl enable --now --quiet $daemons || { journalctl -u 'libvirtd*' -u 'virt*d*' -p warning -n 3 -o cat >&2 2>/dev/null; exit 1; }
        remove_left_pools "$@"
        """;

    private static readonly string Networks = HostScripts.Read("Preparation/host-networks.sh");

    private static readonly string StartNetwork = HostScripts.Read("Preparation/default-network.sh");

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
