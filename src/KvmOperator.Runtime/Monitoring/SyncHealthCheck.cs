using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>Ready when the first full list of every kind was taken in.</summary>
internal sealed class SyncHealthCheck(IEnumerable<IInformer> informers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var missing = informers.Where(informer => !informer.HasSynced).Select(informer => informer.Kind).ToArray();
        return Task.FromResult(missing.Length == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("not yet listed: " + string.Join(", ", missing)));
    }
}
