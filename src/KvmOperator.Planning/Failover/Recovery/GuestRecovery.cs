namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>What is written down of a guest's start elsewhere, before it is defined there.</summary>
/// <param name="FailoverId">The failure of its host. Two hosts may fail in the same second: it is of <paramref name="From"/>.</param>
/// <param name="From">The host that failed.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="State">How far it is.</param>
public sealed record GuestRecovery(string FailoverId, string From, string Target, RecoveryState State);
