using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Runtime.Hosting;

/// <summary>
/// Runs the controllers while this process leads and all stores are full. When the process is asked to stop, nothing new is begun and what
/// is under way gets its grace; when leadership is lost, it is cancelled at once.
/// </summary>
internal sealed class ControllerService(
    IEnumerable<IControllerRunner> controllers,
    IEnumerable<IInformer> informers,
    ILeadership leadership,
    OperatorSettings settings,
    ProcessEnd processEnd,
    TimeProvider clock,
    ILogger<ControllerService> logger) : BackgroundService
{
    // Made here and not when started, so that every listener stands before the first list.
    private readonly IReadOnlyList<IControllerRunner> controllers = [.. controllers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop before there was anything to do.
        }
        catch (Exception error)
        {
            processEnd.Fail($"the controllers failed: {error}", settings.StopGrace);
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(informers.Select(informer => informer.WaitForSyncAsync(stoppingToken)));
        await leadership.WaitAsync(stoppingToken);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(leadership.Lost);
        using var takeNoMore = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
        await using var grace = stoppingToken.Register(() => _ = AbortAfterGraceAsync(abort));
        logger.LogInformation("Controllers begin: {Controllers}", string.Join(", ", controllers.Select(controller => controller.Name)));
        await Task.WhenAll(controllers.Select(controller => controller.RunAsync(() => leadership.IsLeader, takeNoMore.Token, abort.Token)));
        if (!takeNoMore.IsCancellationRequested)
        {
            // A leader without workers would keep others from working too.
            throw new InvalidOperationException("they ended though nobody asked them to");
        }
    }

    private async Task AbortAfterGraceAsync(CancellationTokenSource abort)
    {
        await Task.Delay(settings.StopGrace, clock, CancellationToken.None);
        try
        {
            await abort.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // All work ended within its grace.
        }
    }
}
