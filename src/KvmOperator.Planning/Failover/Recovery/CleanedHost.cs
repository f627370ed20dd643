namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>That a host was found clean.</summary>
/// <param name="FailoverId">For which failure it was cleaned. What was found for an earlier one says nothing: guests may have come since.</param>
/// <param name="Boot">The host's boot id.</param>
public sealed record CleanedHost(string FailoverId, string Boot);
