using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Installs KVM, QEMU and libvirt, starts the daemons, checks the processor, and keeps libvirt's default network away from the host's own ones.</summary>
internal sealed class Virtualization(PackageManager packages) : IPreparationStep
{
    private static readonly PackageSet Hypervisor = new(
        "virtualization",
        ["qemu-system-x86", "qemu-utils", "libvirt-daemon-system", "libvirt-clients", "virtinst", "ovmf", "dnsmasq-base", "nfs-common"],
        ["qemu-kvm", "qemu-img", "libvirt-daemon-kvm", "libvirt-client", "virt-install", "edk2-ovmf", "nfs-utils"]);

    /// <summary>Newer distributions have one daemon a purpose instead of libvirtd; sockets start them.</summary>
    private const string Daemons =
        """
        if systemctl cat libvirtd.service >/dev/null 2>&1; then daemons='libvirtd.socket libvirtd.service'; else
          daemons='virtqemud.socket virtnetworkd.socket virtnodedevd.socket virtstoraged.socket virtsecretd.socket virtproxyd.socket'
        fi
        """;

    private const string Check = Daemons + "\n" +
        """
        grep -qwE 'vmx|svm' /proc/cpuinfo || echo 'blocked the processor offers no virtualisation: switch it on in the firmware'
        [ -c /dev/kvm ] || modprobe -n kvm >/dev/null 2>&1 && [ -c /dev/kvm ] || echo 'drift /dev/kvm is missing'
        for daemon in $daemons; do
          systemctl is-enabled --quiet "$daemon" || echo "drift $daemon does not start with the machine"
          # An idle daemon ends by itself, and its socket starts it again.
          case $daemon in *.socket) systemctl is-active --quiet "$daemon" || echo "drift $daemon does not listen" ;; esac
        done
        failed=$(virt-host-validate -q qemu 2>&1 | grep FAIL | sed 's/ *: FAIL.*//' | tr '\n' ',')
        [ -z "$failed" ] || echo "blocked virt-host-validate says no to: $failed"
        if virsh -r net-info default >/dev/null 2>&1; then
          virsh -r net-info default | grep -q '^Autostart: *yes' || echo 'drift the default network does not start with the machine'
          virsh -r net-info default | grep -q '^Active: *yes' || echo 'drift the default network is not active'
        fi
        echo 'ready KVM and libvirt work'
        """;

    private const string StartDaemons = Daemons + "\n" +
        """
        [ -c /dev/kvm ] || modprobe kvm-intel 2>/dev/null || modprobe kvm-amd 2>/dev/null
        systemctl enable --now --quiet $daemons
        """;

    /// <summary>Prints the host's own networks, and whether libvirt's default network is active.</summary>
    private const string Networks =
        """
        ip -4 -o addr show scope global | awk '$2 !~ /^(virbr|vnet)/ { print "network", $4 }'
        ip -4 route show | awk '$1 ~ /\// && $0 !~ /dev (virbr|vnet)/ { print "network", $1 }'
        virsh -r net-info default 2>/dev/null | sed -n 's/^Active: */active /p'
        """;

    /// <summary><c>$1</c> is the range. Redefines the inactive default network there, with all else as it was.</summary>
    private const string StartNetwork =
        """
        xml=$(virsh net-dumpxml --inactive default) || exit 1
        now=$(printf '%s\n' "$xml" | sed -n "s/.*<ip address='\([0-9]*\.[0-9]*\.[0-9]*\)\.[0-9]*'.*/\1/p" | head -n 1)
        if [ -n "$now" ] && [ "$now" != "$1" ]; then
          pattern=$(printf %s "$now" | sed 's/\./\\./g')
          printf '%s\n' "$xml" | sed "s/'$pattern\./'$1./g" | virsh net-define /dev/stdin || exit 1
        fi
        virsh net-autostart default && virsh net-start default
        """;

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Virtualization;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var installed = await packages.CheckAsync(host, Hypervisor, plan.ManagesPackages, cancellationToken);
        return installed.IsReady ? StepState.Parse((await host.RequireAsync(RemoteCommand.Script(Check).WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken)).OutputText) : installed;
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var installed = await packages.ApplyAsync(host, Hypervisor, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        await host.RequireAsync(RemoteCommand.Script(StartDaemons).WithDeadline(TimeSpan.FromMinutes(3)), cancellationToken);
        var lines = (await host.ReadAsync(RemoteCommand.Script(Networks), cancellationToken)).Split('\n');
        if (lines.Contains("active no", StringComparer.Ordinal))
        {
            var networks = lines.Where(line => line.StartsWith("network ", StringComparison.Ordinal)).Select(line => Network(line["network ".Length..]));
            if (NetworkRange.FindFree(networks) is not { } range)
            {
                return new StepState(StepStatus.Blocked, "no range 192.168.x.0/24 is free for libvirt's default network: define that network by hand");
            }

            await host.RequireAsync(RemoteCommand.Script(StartNetwork, range).WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken);
        }

        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <summary>Packages and daemons stay: a person's guests may need them.</summary>
    public Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The network of an address with a prefix length.</summary>
    private static string Network(string addressWithPrefix)
    {
        var parts = addressWithPrefix.Split('/');
        if (parts.Length != 2 || !System.Net.IPAddress.TryParse(parts[0], out var address) || !int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length) || length > 32)
        {
            return string.Empty;
        }

        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        var mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        var network = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(network, bits & mask);
        return $"{new System.Net.IPAddress(network)}/{parts[1]}";
    }
}
