namespace KvmOperator.Hosts.Migrations;

/// <summary>What a move depends on, read before it begins.</summary>
/// <param name="SourceReachesTarget">True when the source's libvirt reaches the target's.</param>
/// <param name="SourceReachesPorts">True when nothing stands between the source and the target's migration ports.</param>
/// <param name="MissingNetworks">libvirt networks, bridges and network devices that the guest uses and the target lacks, or that are not active there.</param>
/// <param name="MissingDisks">Disk files that the target does not see.</param>
/// <param name="NameTaken">True when the target has a domain of that name or UUID already.</param>
/// <param name="HostDevices">True when the guest uses devices of its host.</param>
/// <param name="UnsafeCacheDisks">Disks with a cache mode other than none or directsync.</param>
/// <param name="CpuIncompatibility">Why the target cannot give the guest's processor; null when it can.</param>
/// <param name="Reason">What the failed checks printed; empty when all is well.</param>
public sealed record MigrationTargetFacts(
    bool SourceReachesTarget,
    bool SourceReachesPorts,
    IReadOnlyList<string> MissingNetworks,
    IReadOnlyList<string> MissingDisks,
    bool NameTaken,
    bool HostDevices,
    IReadOnlyList<string> UnsafeCacheDisks,
    string? CpuIncompatibility,
    string Reason)
{
    /// <summary>True when the target's libvirt did not answer the source in time, or broke off: it is busy, and nothing is known.</summary>
    public bool CommandIsLate { get; init; }

    /// <summary>What root's shell on the target prints before a command; null for nothing. libvirt would take it for a part of its own messages.</summary>
    public string? ShellTalk { get; init; }

    /// <summary>What both hosts have as their own, such as a UUID; null for nothing. Their libvirts take each other for themselves.</summary>
    public string? SameIdentity { get; init; }

    /// <summary>The type of the machine that the guest sees, such as <c>pc-q35-7.2</c>; null when it is not known.</summary>
    public string? MachineType { get; init; }

    /// <summary>Why the target cannot run that machine, in libvirt's words; null when it can.</summary>
    public string? MachineRefusal { get; init; }

    /// <summary>The file of the guest's firmware where the target has none of that name; null when it has.</summary>
    public string? MissingFirmware { get; init; }

    /// <summary>Disk files of which the target did not say in time whether it sees them: nothing is known.</summary>
    public IReadOnlyList<string> UnknownDisks { get; init; } = [];

    /// <summary>Devices that a running guest cannot take along, each by what it is.</summary>
    public IReadOnlyList<string> UnmovableDevices { get; init; } = [];

    /// <summary>True when the running guest sees its host's own processor and the target's is another one.</summary>
    public bool HostProcessorsDiffer { get; init; }

    /// <summary>Writable disks that are neither files nor on the network: the source's own devices.</summary>
    public IReadOnlyList<string> HostDisks { get; init; } = [];

    /// <summary>True when a saved state is kept for the guest on the source (virsh managedsave).</summary>
    public bool HasSavedState { get; init; }

    /// <summary>The snapshots and checkpoints of the guest, which its definition does not hold and no move takes along.</summary>
    public IReadOnlyList<string> History { get; init; } = [];

    /// <summary>The file of a guest's UEFI variables that is on the source only; null when there is none, or the guest runs and takes them along.</summary>
    public string? LocalFirmwareVariables { get; init; }
}
