using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Beat;

/// <summary>One beat: what the host's kernel told at that second.</summary>
/// <param name="Sequence">Counts the beats of one run of the script, from 1.</param>
/// <param name="BootId">Changes with each start of the host.</param>
/// <param name="Uptime">Since that start.</param>
/// <param name="Processors">Logical processors.</param>
/// <param name="CpuTimes">For the use between two beats.</param>
/// <param name="LoadAverage">The load of the last minute.</param>
/// <param name="Pressure">Null where the kernel does not measure it.</param>
/// <param name="MemoryBytes">All memory.</param>
/// <param name="AvailableMemoryBytes">What new work can have without swapping.</param>
internal sealed record HostBeat(
    long Sequence,
    string BootId,
    TimeSpan Uptime,
    int Processors,
    CpuTimes CpuTimes,
    double LoadAverage,
    Pressure? Pressure,
    long MemoryBytes,
    long AvailableMemoryBytes)
{
    /// <summary>Memory that is set aside for huge pages, so that nothing else can have it.</summary>
    public long HugePagesBytes { get; init; }

    /// <summary>The names of the bridges.</summary>
    public IReadOnlyList<string> Bridges { get; init; } = [];
}
