namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What one vantage says of a host. It is asked only while the host is silent; one that answered nothing itself says nothing of others.</summary>
/// <param name="Name">Who looked.</param>
/// <param name="Kind">From where.</param>
/// <param name="FailedProbes">Tries in vain, one after the other, up to now. A refused connection is an answer: a kernel is alive there.</param>
/// <param name="AnswerAge">How long ago the host last answered it; null when it did not since the silence began.</param>
/// <param name="IsWell">Whether the vantage itself answered the operator just now.</param>
public sealed record VantageReport(string Name, VantageKind Kind, int FailedProbes, TimeSpan? AnswerAge, bool IsWell)
{
    /// <summary>The vantage as people are told of it.</summary>
    public string Shown => Kind == VantageKind.Operator ? "the operator" : Name;
}
