using System.Diagnostics;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>Names for those who collect traces.</summary>
public static class RuntimeTelemetry
{
    /// <summary>The source of a span per pass over an object; add it to OpenTelemetry's tracing.</summary>
    public const string ActivitySourceName = "KvmOperator.Runtime";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
