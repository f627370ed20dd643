namespace KvmOperator.Hosts.Vmware;

/// <summary>What of a store stays free for the guests that are there.</summary>
/// <param name="Percent">The part of it.</param>
/// <param name="Most">The most bytes.</param>
public sealed record RecordedReserve(int Percent, long Most);
