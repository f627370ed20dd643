namespace KvmOperator.Planning.Drain;

/// <summary>A move that is not over, of a guest on a host that is being drained.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Target">Where it goes; null while any host will do.</param>
/// <param name="IsOwn">Whether the drain made it. What a person made is waited for.</param>
/// <param name="HasBegun">Whether it has its guest. Until then nothing was changed, and it can be taken back.</param>
public sealed record DrainMove(string Name, string? Target, bool IsOwn, bool HasBegun)
{
    /// <summary>What it waits for, in its own words; null while it waits for nothing.</summary>
    public string? Waits { get; init; }
}
