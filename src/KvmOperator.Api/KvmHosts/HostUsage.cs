namespace KvmOperator.Api.KvmHosts;

/// <summary>How much of a machine is in use.</summary>
public sealed record HostUsage
{
    /// <summary>Time that its CPUs were busy since the last look, in percent of all of them.</summary>
    public int? CpuPercent { get; init; }

    /// <summary>Memory that is not available, in percent.</summary>
    public int? MemoryPercent { get; init; }

    /// <summary>Share of time in which a task waited for a CPU over the last ten seconds, in percent (/proc/pressure/cpu); not there without PSI.</summary>
    public int? CpuPressurePercent { get; init; }

    /// <summary>Share of time in which a task waited for memory over the last ten seconds, in percent (/proc/pressure/memory).</summary>
    public int? MemoryPressurePercent { get; init; }

    /// <summary>Virtual CPUs that its guests have been given.</summary>
    public int? AllocatedCpus { get; init; }

    /// <summary>Memory that its guests have been given.</summary>
    public long? AllocatedMemoryBytes { get; init; }
}
