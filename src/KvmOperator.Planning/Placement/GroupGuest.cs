namespace KvmOperator.Planning.Placement;

/// <summary>One of several guests that want places at once.</summary>
/// <param name="Name">Its name, <c>namespace/name</c>.</param>
/// <param name="Needs">What it needs.</param>
public sealed record GroupGuest(string Name, PlacementGuest Needs)
{
    /// <summary>Hosts that it does not go to although they may have room.</summary>
    public IReadOnlySet<string> Avoided { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
