using k8s.Models;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Monitoring;
using Microsoft.Extensions.Hosting;

namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Runs the elector, ends the process when leadership is lost, and releases it when the process ends otherwise.</summary>
internal sealed class LeaderElectionService(
    LeaderElector elector, OperatorSettings settings, IEventRecorder events, RuntimeMetrics metrics, ProcessEnd processEnd) : BackgroundService
{
    /// <summary>Last words need a moment, even where there is none.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(0.5);

    private TimeSpan UntilEnd => elector.UntilOthersMayLead is var rest && rest > LastWords ? rest : LastWords;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // Controllers have stopped by now: hosted services stop in the reverse order of their start.
        await base.StopAsync(cancellationToken);

        // Unless one was deaf to it until the time was up: then its work may still go on, and others have to wait for the lease.
        if (!cancellationToken.IsCancellationRequested)
        {
            await elector.ReleaseAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var status = metrics.LeaderStatus.WithLabels(settings.Name);
        status.Set(0);
        _ = elector.WaitAsync(stoppingToken).ContinueWith(_ => Lead(), stoppingToken, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        try
        {
            await elector.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            status.Set(0);
            processEnd.Fail($"the elector failed: {error}", UntilEnd);
            return;
        }

        status.Set(0);

        // What is still under way is cancelled; what does not listen is ended with the process, before another replica may begin.
        processEnd.Fail("leadership is lost", UntilEnd);

        void Lead()
        {
            status.Set(1);
            events.Publish(
                new V1ObjectReference { ApiVersion = "coordination.k8s.io/v1", Kind = "Lease", Name = settings.Name, NamespaceProperty = settings.Namespace },
                "LeaderElection",
                $"{settings.Identity} became leader");
        }
    }
}
