namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What a host has of a store, and why.</summary>
/// <param name="State">What it has.</param>
/// <param name="Message">For people.</param>
public sealed record StorageLossVerdict(StorageLossState State, string Message);
