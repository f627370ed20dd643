using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.Hosting;

namespace KvmOperator.Runtime.Hosting;

/// <summary>Runs every informer, on standbys too, so that a new leader begins with full stores.</summary>
internal sealed class InformerService(IEnumerable<IInformer> informers, ProcessEnd processEnd, OperatorSettings settings) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(informers.Select(informer => Task.Run(() => RunAsync(informer, stoppingToken), CancellationToken.None)));

    private async Task RunAsync(IInformer informer, CancellationToken cancellationToken)
    {
        try
        {
            await informer.RunAsync(cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // A process that is blind for one kind must not pretend to work.
            processEnd.Fail($"watching {informer.Kind} failed: {error}", settings.StopGrace);
        }
    }
}
