namespace KvmOperator.Benchmarks.Fleet;

/// <summary>How large the fleet is, and how long is looked.</summary>
/// <param name="Hosts">The hosts.</param>
/// <param name="Guests">The guests.</param>
/// <param name="LogFile">Where the operator's log is added to.</param>
internal sealed record FleetSettings(int Hosts, int Guests, string LogFile)
{
    /// <summary>The sizes on the way, so that growth is seen; the guests are on as many hosts each as in the whole.</summary>
    public IReadOnlyList<int> Steps { get; init; } = [.. new[] { 100, 1_000, 10_000 }.Where(guests => guests < Guests), Guests];

    /// <summary>What the first looks leave behind is over after this time.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is looked at while nothing happens. Whatever is checked for drift is checked every five minutes.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>So many guests are ended and started again.</summary>
    public int Changes { get; init; } = 150;

    /// <summary>So many hosts freeze.</summary>
    public int Frozen { get; init; } = 100;

    /// <summary>So many guests of the others are ended and started again meanwhile.</summary>
    public int FrozenChanges { get; init; } = 250;
}
