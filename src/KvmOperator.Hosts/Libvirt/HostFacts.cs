namespace KvmOperator.Hosts.Libvirt;

/// <summary>What a host is. Fields that could not be read are empty.</summary>
/// <param name="OperatingSystem">Its name and version.</param>
/// <param name="Kernel">The kernel's release.</param>
/// <param name="Libvirt">libvirt's version.</param>
/// <param name="Qemu">QEMU's version.</param>
/// <param name="CpuModel">The processor's name.</param>
/// <param name="Architecture">The machine's architecture, such as <c>x86_64</c>.</param>
/// <param name="MachineId">What machine-id(5) holds: made when the system was installed, and kept.</param>
public sealed record HostFacts(string OperatingSystem, string Kernel, string Libvirt, string Qemu, string CpuModel, string Architecture, string MachineId)
{
    /// <summary>The host's name, as its libvirt says it to others.</summary>
    public string HostName { get; init; } = string.Empty;

    /// <summary>The host's UUID, as its libvirt says it to others: its <c>host_uuid</c>, else the board's.</summary>
    public string Uuid { get; init; } = string.Empty;
}
