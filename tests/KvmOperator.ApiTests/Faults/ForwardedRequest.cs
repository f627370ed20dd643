namespace KvmOperator.ApiTests.Faults;

/// <summary>One request that came to a <see cref="FaultProxy"/>.</summary>
public sealed record ForwardedRequest(string Method, string Path, string Query, bool IsWatch)
{
    /// <summary>Whether the request was meant to change something.</summary>
    public bool IsWrite => Method is not ("GET" or "HEAD");
}
