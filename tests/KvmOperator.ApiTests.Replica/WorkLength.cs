namespace KvmOperator.ApiTests.Replica;

/// <summary>How long one pass takes, whatever happens.</summary>
internal sealed record WorkLength(TimeSpan Pass);
