namespace KvmOperator.Status;

/// <summary>The time as a status keeps it.</summary>
internal static class StatusClockExtensions
{
    /// <summary>The time in UTC and whole seconds, which is all that the API server keeps of one: more would look like a change at each pass.</summary>
    public static DateTime GetStatusTime(this TimeProvider clock) => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()).UtcDateTime;
}
