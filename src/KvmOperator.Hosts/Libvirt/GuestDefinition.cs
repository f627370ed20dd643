namespace KvmOperator.Hosts.Libvirt;

/// <summary>What a domain should be. Equal definitions give equal domains.</summary>
/// <param name="Identity">Whose domain it is.</param>
/// <param name="Vcpus">Processors at start.</param>
/// <param name="MemoryBytes">Memory at start; whole MiB.</param>
/// <param name="Disks">Disks in boot order.</param>
/// <param name="Interfaces">Network interfaces.</param>
public sealed record GuestDefinition(
    DomainIdentity Identity,
    int Vcpus,
    long MemoryBytes,
    IReadOnlyList<GuestDisk> Disks,
    IReadOnlyList<GuestInterface> Interfaces)
{
    /// <summary>How many processors can be added while the guest runs.</summary>
    public int MaximumVcpus { get; init; }

    /// <summary>How much memory the guest can be given while it runs.</summary>
    public long MaximumMemoryBytes { get; init; }

    /// <summary>The firmware.</summary>
    public GuestFirmware Firmware { get; init; }

    /// <summary>libvirt's word for the machine: <c>pc</c> (i440fx) or <c>q35</c>. Null for what suits the operating system.</summary>
    public string? Machine { get; init; }

    /// <summary>The guest's operating system by its name in libosinfo; decides the machine type and the devices' defaults.</summary>
    public string OperatingSystem { get; init; } = "linux2022";

    /// <summary>The <c>cpu</c> element that <see cref="ICpuBaseline"/> computed for the pool; null for the host's own model, which moves to equal or newer hosts only.</summary>
    public string? CpuXml { get; init; }

    /// <summary>Where the variables of its firmware belong, if it has UEFI; null where libvirt puts them, on its host alone.</summary>
    public string? FirmwareVariables { get; init; }

    /// <summary>An ISO file with cloud-init's data; null for none.</summary>
    public string? CloudInitImage { get; init; }
}
