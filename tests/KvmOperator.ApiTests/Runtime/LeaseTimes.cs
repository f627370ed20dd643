namespace KvmOperator.ApiTests.Runtime;

/// <summary>How quickly leadership changes in a test.</summary>
internal sealed record LeaseTimes(TimeSpan Lease, TimeSpan Deadline, TimeSpan Retry)
{
    /// <summary>Times in seconds as they are on a usual machine. A slow one gets longer ones: a renewal that takes its moments there must not cost the lease.</summary>
    public static LeaseTimes Of(double lease, double deadline, double retry) =>
        new(Patience.Scaled(TimeSpan.FromSeconds(lease)), Patience.Scaled(TimeSpan.FromSeconds(deadline)), Patience.Scaled(TimeSpan.FromSeconds(retry)));
}
