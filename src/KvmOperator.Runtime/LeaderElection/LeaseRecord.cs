namespace KvmOperator.Runtime.LeaderElection;

/// <summary>What stands in a Lease. Times are the holder's and only compared for being different: clocks differ between machines.</summary>
/// <param name="Holder">Who leads; empty when the last leader released.</param>
/// <param name="Duration">How long the holder's word is good.</param>
/// <param name="Transitions">How often leadership changed hands.</param>
/// <param name="AcquireTime">When the holder began, as written.</param>
/// <param name="ResourceVersion">Changes with each write.</param>
/// <param name="Epoch">The number of the reign; 0 when there is none that can be read.</param>
/// <param name="InstallationId">Which installation the lease belongs to; null when it does not say.</param>
internal sealed record LeaseRecord(
    string Holder, TimeSpan Duration, int Transitions, string? AcquireTime, string ResourceVersion, long Epoch, string? InstallationId);
