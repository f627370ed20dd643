using System.Text.Json;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using Microsoft.Extensions.Logging;

namespace KvmOperator.KvmHosts;

/// <summary>Prepares machines, mends what drifts, and watches them.</summary>
internal sealed class KvmHostController(
    MachineConnections connections,
    IHostPreparation preparation,
    IPeerIdentities identities,
    IHostObserver observer,
    IEntityStore<KvmHost> hosts,
    IEntityStore<NfsStore> stores,
    IEntityQueue<NfsStore> storeQueue,
    HostMemory memory,
    HostObservations observations,
    StatusWriter<KvmHost> writer,
    IEventRecorder events,
    TimeProvider clock,
    ILogger<KvmHostController> logger) : IEntityController<KvmHost>
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WorkInterval = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<KvmHost>> ReconcileAsync(KvmHost entity, CancellationToken cancellationToken)
    {
        if (entity.GetAnnotation(Annotations.Paused) == "true")
        {
            return ReconciliationResult<KvmHost>.Success(entity);
        }

        var before = entity.Status ?? new KvmHostStatus();
        var conditions = new ConditionList(before.Conditions, KvmHostConditions.All, entity.Metadata.Generation, clock);
        if (!conditions.Accepts(KvmHostValidator.Validate(entity)))
        {
            await WriteAsync(entity, before, "Invalid", conditions, cancellationToken);
            return ReconciliationResult<KvmHost>.Success(entity);
        }

        try
        {
            return await PrepareAsync(entity, before, conditions, cancellationToken);
        }
        catch (CredentialsMissingException missing)
        {
            return await FailedAsync(entity, before, conditions, missing.Reason, missing.Message, cancellationToken);
        }
        catch (HostException exception)
        {
            var (reason, message) = HostFailures.Explain(exception, entity);
            return await FailedAsync(entity, before, conditions, reason, message, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<KvmHost>> DeletedAsync(KvmHost entity, CancellationToken cancellationToken)
    {
        memory.Forget(entity.Name());
        observations.Lost(entity.Name());
        WakeStores(entity);
        return Task.FromResult(ReconciliationResult<KvmHost>.Success(entity));
    }

    private async Task<ReconciliationResult<KvmHost>> PrepareAsync(KvmHost host, KvmHostStatus status, ConditionList conditions, CancellationToken cancellationToken)
    {
        var name = host.Name();
        var shell = await connections.ShellAsync(host, cancellationToken);
        var plan = HostPlans.For(host, hosts.List(), stores.List());
        var seen = await observations.LookAsync(name, shell, [.. plan.Stores.Select(store => store.MountPath)], cancellationToken);
        conditions.True(KvmHostConditions.Reachable, CommonReasons.AsExpected, $"answers by SSH as {host.Spec.Ssh.User}");
        conditions.False(KvmHostConditions.Fenced, CommonReasons.AsExpected, "it is not fenced");
        HostModes.Tell(conditions, host.Spec, seen);
        status = HostStatuses.Observed(status, host.Spec, seen, memory.CpuPercent(name, seen));
        status = status with { LastHeartbeatTime = Heartbeat(status) };

        var fingerprint = JsonSerializer.Serialize(plan) + seen.BootId;
        if (memory.IsPrepared(name, fingerprint) && seen.LibvirtAnswers)
        {
            // Conditions of the steps stay as they were found.
            await WriteAsync(host, status, HostModes.Phase(host.Spec, seen), conditions, cancellationToken);
            return ReconciliationResult<KvmHost>.Success(host, WatchInterval);
        }

        if (status.Phase is null or "Unreachable" or "Invalid")
        {
            // A store of the pool has to let it in before it can mount.
            WakeStores(host);

            // The first preparation takes minutes: people see at once that it goes on.
            conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the machine is being prepared");
            await WriteAsync(host, status, "Preparing", conditions, cancellationToken);
        }

        status = HostStatuses.WithIdentity(status, shell.HostKey, await identities.EnsureAsync(shell, cancellationToken));
        var reports = await preparation.RunAsync(shell, plan, report => TellAsync(host, status, conditions, report, cancellationToken), cancellationToken);
        HostReports.Tell(conditions, reports);
        HostReports.Sum(conditions, reports);
        var ready = reports.All(report => report.State.IsReady);
        if (ready || status.System?.BootId != seen.BootId)
        {
            status = HostStatuses.WithFacts(status, await observer.ReadFactsAsync(shell, cancellationToken), seen.BootId);
        }

        await WriteAsync(host, status, ready ? HostModes.Phase(host.Spec, seen) : "Preparing", conditions, cancellationToken);
        foreach (var report in reports.Where(report => report.Mended is not null))
        {
            logger.LogInformation("{Host}: {Step}: {Mended}", name, report.Step, report.Mended);
            events.Publish(host, KvmHostReasons.DriftMended, $"{HostReports.Conditions[report.Step]}: {report.Mended}");
        }

        if (ready)
        {
            memory.Prepared(name, fingerprint);
            WakeStores(host);
        }

        return ReconciliationResult<KvmHost>.Success(host, ready ? WatchInterval : WorkInterval);
    }

    /// <summary>The first preparation takes minutes: each step is seen when it is done.</summary>
    private async Task TellAsync(KvmHost host, KvmHostStatus status, ConditionList conditions, StepReport report, CancellationToken cancellationToken)
    {
        HostReports.Tell(conditions, [report]);
        await WriteAsync(host, status, host.Status?.Phase ?? "Preparing", conditions, cancellationToken);
    }

    /// <summary>The stores of its pool look at it now instead of at their next turn.</summary>
    private void WakeStores(KvmHost host)
    {
        foreach (var store in stores.List().Where(store => store.Spec.Pool == host.Spec.Pool))
        {
            storeQueue.Enqueue(EntityKey.Of(store));
        }
    }

    /// <summary>A machine that answers but could not do what it should is reachable all the same.</summary>
    private async Task<ReconciliationResult<KvmHost>> FailedAsync(
        KvmHost host, KvmHostStatus status, ConditionList conditions, string reason, string message, CancellationToken cancellationToken)
    {
        memory.Forget(host.Name());
        observations.Lost(host.Name());
        var answers = conditions.IsTrue(KvmHostConditions.Reachable) && reason == CommonReasons.StepFailed;
        if (!answers)
        {
            conditions.False(KvmHostConditions.Reachable, reason, message);
        }

        conditions.False(CommonConditions.Ready, reason, message);
        if (await WriteAsync(host, status, answers ? "Preparing" : "Unreachable", conditions, cancellationToken))
        {
            events.Publish(host, reason, message, EventType.Warning);
        }

        return ReconciliationResult<KvmHost>.Success(host, WatchInterval);
    }

    private async Task<bool> WriteAsync(KvmHost host, KvmHostStatus status, string phase, ConditionList conditions, CancellationToken cancellationToken)
    {
        host.Status = status with { ObservedGeneration = host.Metadata.Generation, Phase = phase, Conditions = conditions.ToList() };
        return await writer.WriteAsync(host, cancellationToken);
    }

    /// <summary>Moves every half minute only: a heartbeat is not worth a write at each look.</summary>
    private DateTime Heartbeat(KvmHostStatus status)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()).UtcDateTime;
        return status.LastHeartbeatTime is { } last && now - last < TimeSpan.FromSeconds(30) ? last : now;
    }
}
