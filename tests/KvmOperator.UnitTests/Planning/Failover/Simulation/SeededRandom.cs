namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>Random numbers that are the same for the same seed on every machine and every version of .NET: SplitMix64 (Steele, Lea and Flood, 2014).</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>A number from the first, included, to the second, not included.</summary>
    public int Next(int from, int to) => from + (int)(Draw() % (ulong)(to - from));

    /// <summary>Whether something of this chance in a thousand happens.</summary>
    public bool Happens(int perMille) => Next(0, 1000) < perMille;

    /// <summary>One of some.</summary>
    public T OneOf<T>(IReadOnlyList<T> items) => items[Next(0, items.Count)];

    private ulong Draw()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
