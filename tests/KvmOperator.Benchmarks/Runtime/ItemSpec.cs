namespace KvmOperator.Benchmarks.Runtime;

/// <summary>What an item should be.</summary>
public sealed class ItemSpec
{
    /// <summary>For the index.</summary>
    public string Group { get; set; } = string.Empty;

    /// <summary>Number of CPUs.</summary>
    public int Cpus { get; set; }

    /// <summary>As a quantity.</summary>
    public string Memory { get; set; } = string.Empty;

    /// <summary>Some of them.</summary>
    public IReadOnlyList<ItemDisk> Disks { get; set; } = [];
}
