namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How far the job on a domain is, in the few numbers that every version of libvirt knows. Times in milliseconds, amounts in bytes.</summary>
/// <param name="Type">What kind of job it is.</param>
/// <param name="ElapsedMilliseconds">Since it began.</param>
/// <param name="RemainingMilliseconds">Until its end, for a job with a known one.</param>
/// <param name="DataTotal">Everything that has to be sent.</param>
/// <param name="DataProcessed">What was sent.</param>
/// <param name="DataRemaining">What is still to be sent.</param>
/// <param name="MemoryTotal">The memory's part of the total.</param>
/// <param name="MemoryProcessed">The memory's part of what was sent.</param>
/// <param name="MemoryRemaining">The memory's part of what remains.</param>
/// <param name="FileTotal">The disks' part of the total.</param>
/// <param name="FileProcessed">The disks' part of what was sent.</param>
/// <param name="FileRemaining">The disks' part of what remains.</param>
public sealed record DomainJobInfo(
    DomainJobType Type,
    ulong ElapsedMilliseconds,
    ulong RemainingMilliseconds,
    ulong DataTotal,
    ulong DataProcessed,
    ulong DataRemaining,
    ulong MemoryTotal,
    ulong MemoryProcessed,
    ulong MemoryRemaining,
    ulong FileTotal,
    ulong FileProcessed,
    ulong FileRemaining);
