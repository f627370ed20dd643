namespace KvmOperator.Api.KvmHosts;

/// <summary>What a machine is made of.</summary>
public sealed record HostSystem
{
    /// <summary>The operating system, as /etc/os-release names it.</summary>
    public string? OperatingSystem { get; init; }

    /// <summary>The kernel's release.</summary>
    public string? Kernel { get; init; }

    /// <summary>The version of libvirt.</summary>
    public string? Libvirt { get; init; }

    /// <summary>The version of QEMU.</summary>
    public string? Qemu { get; init; }

    /// <summary>The processor, in words.</summary>
    public string? CpuModel { get; init; }

    /// <summary>How the operator asks libvirt there: Protocol by its own protocol over a held connection, Commands by a virsh process for each question, where the former cannot be had.</summary>
    public string? LibvirtAccess { get; init; }

    /// <summary>Changes with every boot.</summary>
    public string? BootId { get; init; }

    /// <summary>Stays the same as long as the installation.</summary>
    public string? MachineId { get; init; }

    /// <summary>The name by which its libvirt is known to others.</summary>
    public string? HostName { get; init; }

    /// <summary>The UUID by which its libvirt is known to others: host_uuid of its configuration, else the board's.</summary>
    public string? HostUuid { get; init; }
}
