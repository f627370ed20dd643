using Microsoft.Extensions.Hosting;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>The web server lives inside the operator's host, which alone listens to signals and says that it has started.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
