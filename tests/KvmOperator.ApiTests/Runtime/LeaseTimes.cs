namespace KvmOperator.ApiTests.Runtime;

/// <summary>How quickly leadership changes in a test.</summary>
internal sealed record LeaseTimes(TimeSpan Lease, TimeSpan Deadline, TimeSpan Retry);
