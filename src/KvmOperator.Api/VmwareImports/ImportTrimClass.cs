using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Disposable files of one class.</summary>
public sealed record ImportTrimClass
{
    /// <summary>The class: Logs, Caches, Locks, Swap, SuspendedState, SnapshotState, Leftovers.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>How many files.</summary>
    public int Files { get; init; }

    /// <summary>How many bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Some of them.</summary>
    [Items(0, 20)]
    public IReadOnlyList<string> Examples { get; init; } = [];
}
