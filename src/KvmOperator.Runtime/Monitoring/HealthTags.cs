namespace KvmOperator.Runtime.Monitoring;

/// <summary>Which endpoint asks a health check; add further checks with these tags through <c>AddHealthChecks()</c>.</summary>
public static class HealthTags
{
    /// <summary>/livez: when it fails, the process should be restarted.</summary>
    public const string Live = "live";

    /// <summary>/readyz: when it fails, the process is not yet of use.</summary>
    public const string Ready = "ready";
}
