namespace KvmOperator.Planning.Failover.Detection;

/// <summary>A store as a host sees it.</summary>
/// <param name="Host">The host.</param>
/// <param name="Silence">How long ago the store last answered there.</param>
/// <param name="IsHostHeard">Whether the host itself answers the operator: of one that does not, the store's silence is not known.</param>
public sealed record StoreContact(string Host, TimeSpan Silence, bool IsHostHeard);
