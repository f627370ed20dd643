using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Lets libvirt compute over its held connection; by <see cref="CpuBaseline"/> where a host has none.</summary>
internal sealed class LibvirtCpuBaseline(HostLibvirts hosts, CpuBaseline commands) : ICpuBaseline
{
    private const string Kvm = "kvm";

    /// <inheritdoc/>
    public Task<string> ReadHostCpuAsync(IHostShell host, CancellationToken cancellationToken) => hosts.RunAsync(
        host,
        async libvirt => CpuBaseline.HostModel(
            await libvirt.AskAsync(connection => connection.GetDomainCapabilitiesAsync(null, null, null, Kvm, cancellationToken), "domcapabilities", "--virttype", Kvm)),
        () => commands.ReadHostCpuAsync(host, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<string> ComputeAsync(IHostShell host, IReadOnlyCollection<string> hostCpus, CancellationToken cancellationToken) => hosts.RunAsync(
        host,
        async libvirt => CpuBaseline.ForGuests(await CpuBaseline.OfKnownFeaturesAsync(
            hostCpus,
            cpus => libvirt.AskAsync(
                connection => connection.BaselineHypervisorCpuAsync(null, null, null, Kvm, cpus, CpuBaselineFlags.Migratable, cancellationToken),
                "hypervisor-cpu-baseline", "--virttype", Kvm, "--migratable", "/dev/stdin"))),
        () => commands.ComputeAsync(host, hostCpus, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<string?> FindIncompatibilityAsync(IHostShell host, string cpuXml, CancellationToken cancellationToken) => hosts.RunAsync(
        host,
        async libvirt =>
        {
            try
            {
                var comparison = await libvirt.AskAsync(
                    connection => connection.CompareHypervisorCpuAsync(null, null, null, Kvm, cpuXml, CpuCompareFlags.FailIncompatible, cancellationToken),
                    "hypervisor-cpu-compare", "--virttype", Kvm, "--error", "/dev/stdin");
                return comparison is CpuComparison.Identical or CpuComparison.Superset ? null : "the host's hypervisor cannot give this processor";
            }
            catch (LibvirtRefusedException incompatible) when (
                incompatible.Code is LibvirtErrorCode.CpuIncompatible or LibvirtErrorCode.ConfigUnsupported || ProcessorNames.Unknown(incompatible.Summary, cpuXml) is not null)
            {
                // Anything else, such as QEMU's end while it was asked, says nothing about the processor.
                return incompatible.Summary;
            }
        },
        () => commands.FindIncompatibilityAsync(host, cpuXml, cancellationToken),
        cancellationToken);
}
