namespace KvmOperator.Planning.Relief;

/// <summary>What one look at a host says of its load.</summary>
/// <param name="At">When, by a clock that never goes back.</param>
/// <param name="BootId">Changes with each start of the host.</param>
/// <param name="Processors">Its logical processors.</param>
/// <param name="BusyTicks">Time that all of them together have worked since its start, in ticks; what a host underneath takes away counts.</param>
/// <param name="TotalTicks">All time of all of them since then.</param>
/// <param name="Guests">What its running guests have used.</param>
public sealed record HostSample(TimeSpan At, string BootId, int Processors, long BusyTicks, long TotalTicks, IReadOnlyList<GuestSample> Guests)
{
    /// <summary>The share of time in which a task waited for a processor; null where the kernel does not measure it.</summary>
    public double? Pressure { get; init; }

    /// <summary>The same for memory.</summary>
    public double? MemoryPressure { get; init; }

    /// <summary>The share of its memory that new work can have.</summary>
    public double AvailableMemory { get; init; } = 1;
}
