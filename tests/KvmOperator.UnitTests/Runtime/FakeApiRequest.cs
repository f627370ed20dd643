namespace KvmOperator.UnitTests.Runtime;

/// <summary>What came in.</summary>
internal sealed record FakeApiRequest(string Method, string Path, string Query, string Body)
{
    public bool IsWatch => Query.Contains("watch=true", StringComparison.Ordinal);
}
