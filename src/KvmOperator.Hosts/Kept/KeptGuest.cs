namespace KvmOperator.Hosts.Kept;

/// <summary>What was kept of a guest.</summary>
/// <param name="Definition">Its last definition, as it was written down.</param>
/// <param name="TpmStateTime">When the state of its TPM was copied; null when there is no copy.</param>
/// <param name="HasRunSince">Whether it was started since then, so that its TPM's state may be another by now.</param>
public sealed record KeptGuest(string Definition, DateTimeOffset? TpmStateTime, bool HasRunSince);
