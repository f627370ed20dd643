namespace KvmOperator.Hosts.Libvirt;

/// <summary>One look at a host: everything that is watched all the time, read in one round trip.</summary>
/// <param name="BootId">Changes with each start of the host.</param>
/// <param name="Processors">Logical processors.</param>
/// <param name="CpuTimes">For the use between two looks.</param>
/// <param name="LoadAverage">The load of the last minute.</param>
/// <param name="Pressure">Null where the kernel does not measure it.</param>
/// <param name="MemoryBytes">All memory.</param>
/// <param name="AvailableMemoryBytes">What new work can have without swapping.</param>
/// <param name="LibvirtAnswers">False when libvirt did not answer in time, or not for every domain that it has; then <see cref="Domains"/> says nothing.</param>
/// <param name="Domains">All domains, ours and others.</param>
/// <param name="Stores">One probe a store, in the order asked.</param>
public sealed record HostObservation(
    string BootId,
    int Processors,
    CpuTimes CpuTimes,
    double LoadAverage,
    Pressure? Pressure,
    long MemoryBytes,
    long AvailableMemoryBytes,
    bool LibvirtAnswers,
    IReadOnlyList<DomainObservation> Domains,
    IReadOnlyList<StoreProbe> Stores)
{
    /// <summary>Memory that is set aside for huge pages, so that no other guest can have it.</summary>
    public long HugePagesBytes { get; init; }

    /// <summary>The bridges of the host; null when they are not known.</summary>
    public IReadOnlyList<string>? Bridges { get; init; }

    /// <summary>libvirt's networks that are on; null when they are not known.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>How libvirt was asked.</summary>
    public LibvirtAccess LibvirtAccess { get; init; } = LibvirtAccess.Commands;

    /// <summary>Why libvirt did not answer, where that is known; else empty.</summary>
    public string LibvirtProblem { get; init; } = string.Empty;

    /// <summary>Whether libvirt is there and does nothing. Commands that ask it would hang, too, and nothing that the operator does on the host mends it.</summary>
    public bool LibvirtHangs { get; init; }

    /// <summary>When the host told last that a file changed on which its preparation depends, a time stamp of the process's <see cref="TimeProvider"/>; null when it never did.</summary>
    public long? FilesChanged { get; init; }

    /// <summary>Memory in use, in percent.</summary>
    public int MemoryPercent => MemoryBytes == 0 ? 0 : (int)(100 * (MemoryBytes - AvailableMemoryBytes) / MemoryBytes);

    /// <summary>Our domain of that identity; null when the host has none, or one that is not marked as ours.</summary>
    public DomainObservation? Find(DomainIdentity identity) =>
        Domains.FirstOrDefault(domain => domain.Uuid == identity.Uuid && domain.Owner == new OwnerMarker(identity.Namespace, identity.Name));
}
