using KvmOperator.Hosts.Jobs;

namespace KvmOperator.Hosts.Images;

/// <summary>Where the making of a guest's disks stands.</summary>
/// <param name="Phase">Where the job stands.</param>
/// <param name="Error">Why it failed, in one line; else empty.</param>
public sealed record DiskWork(JobPhase Phase, string Error)
{
    /// <summary>Whether it failed because something stood in its way, before anything was written.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The file that it is at; null when that is not known.</summary>
    public string? Path { get; init; }

    /// <summary>How much of that file is written, in percent; null when that is not known.</summary>
    public int? Percent { get; init; }

    /// <summary>What is known of the disks by the end of the job, by their files. Of very many disks the first ones may be missing.</summary>
    public IReadOnlyDictionary<string, DiskInfo> Made { get; init; } = new Dictionary<string, DiskInfo>(StringComparer.Ordinal);
}
