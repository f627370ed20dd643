namespace KvmOperator.Runtime.LeaderElection;

/// <summary>What stands in a Lease. Times are the holder's and only compared for being different: clocks differ between machines.</summary>
/// <param name="Holder">Who leads; empty when the last leader released.</param>
/// <param name="Duration">How long the holder's word is good.</param>
/// <param name="Transitions">How often leadership changed hands.</param>
/// <param name="AcquireTime">When the holder began, as written.</param>
/// <param name="ResourceVersion">Changes with each write.</param>
internal sealed record LeaseRecord(string Holder, TimeSpan Duration, int Transitions, string? AcquireTime, string ResourceVersion);
