using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>Fails when an informer, a pass or the elector is stuck: whoever runs the process should start a new one.</summary>
internal sealed class LivenessHealthCheck(IEnumerable<ILiveness> parts) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var stuck = parts.Select(part => part.Stuck).OfType<string>().ToArray();
        return Task.FromResult(stuck.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join("; ", stuck)));
    }
}
