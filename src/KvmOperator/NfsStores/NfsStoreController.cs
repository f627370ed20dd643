using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Connections;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using Microsoft.Extensions.Logging;

namespace KvmOperator.NfsStores;

/// <summary>Exports stores to the hosts of their pools, and says whether every host sees them. The hosts mount what is exported: see <c>HostPlans</c>.</summary>
internal sealed class NfsStoreController(
    MachineConnections connections,
    INfsServer server,
    StoreAccessChecks checks,
    StoreServers servers,
    HostObservations observations,
    PoolViews pools,
    IEntityStore<NfsStore> stores,
    IEntityQueue<KvmHost> hostQueue,
    StatusWriter<NfsStore> writer,
    IEventRecorder events,
    TimeProvider clock,
    ILogger<NfsStoreController> logger) : IEntityController<NfsStore>
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WorkInterval = TimeSpan.FromSeconds(5);

    /// <summary>How long a pass waits for a server at the usual pace. One that is reachable and has more to do is busy, and nothing is said of what it exports; one that is not reachable is told by the connection.</summary>
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<NfsStore>> ReconcileAsync(NfsStore entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return ReconciliationResult<NfsStore>.Success(entity);
        }

        var status = entity.Status ?? new NfsStoreStatus();
        var conditions = new ConditionList(status.Conditions, NfsStoreConditions.All, entity.Metadata.Generation, clock);
        if (!conditions.Accepts(NfsStoreValidator.Validate(entity)))
        {
            await WriteAsync(entity, status, "Invalid", conditions, cancellationToken);
            return ReconciliationResult<NfsStore>.Success(entity);
        }

        if (StorePaths.RivalOf(entity, stores.List()) is { } rival)
        {
            StoreMountReports.TellTaken(conditions, entity, rival);
            await WriteAsync(entity, status, "Invalid", conditions, cancellationToken);
            return ReconciliationResult<NfsStore>.Success(entity, WatchInterval);
        }

        var wasReady = status.IsTrue(CommonConditions.Ready);
        var wasExported = entity.Status.IsTrue(NfsStoreConditions.Exported);
        var wasMounted = entity.Status.IsTrue(NfsStoreConditions.Mounted);
        var wasServerReady = entity.Status.IsTrue(NfsStoreConditions.ServerReady);
        var pool = pools.Of(entity.Spec.Pool).Workable;
        var members = pool.Where(host => host.Metadata.DeletionTimestamp is null).ToList();

        // Right after a start of the operator, what was known of the mounts is better than nothing.
        var areSeen = members.All(host => observations.HasTried(host.Name()));
        var told = false;
        if (areSeen)
        {
            status = await JudgeMountsAsync(entity, status, pool, members, conditions, cancellationToken);
            if (wasMounted && !conditions.IsTrue(NfsStoreConditions.Mounted))
            {
                servers.Doubt(entity);
            }

            if (wasReady && !conditions.IsTrue(NfsStoreConditions.Mounted))
            {
                // A server that is away is told now: asking it takes long.
                Sum(conditions);
                await WriteAsync(entity, status, "Degraded", conditions, cancellationToken);
                Tell(entity, wasReady, conditions);
                told = true;
            }
        }

        status = await ExportAsync(entity, status, pool, conditions, cancellationToken);
        if (!areSeen)
        {
            await WriteAsync(entity, status, status.Phase ?? "Preparing", conditions, cancellationToken);
            WakeHosts(wasExported, wasServerReady, entity, pool);
            return ReconciliationResult<NfsStore>.Success(entity, WorkInterval);
        }

        Sum(conditions);
        var ready = conditions.IsTrue(CommonConditions.Ready);
        await WriteAsync(entity, status, ready ? "Ready" : wasReady || status.Phase == "Degraded" ? "Degraded" : "Preparing", conditions, cancellationToken);
        if (!told)
        {
            Tell(entity, wasReady, conditions);
        }

        WakeHosts(wasExported, wasServerReady, entity, pool);
        return ReconciliationResult<NfsStore>.Success(entity, ready ? WatchInterval : WorkInterval);
    }

    /// <inheritdoc/>
    public async Task<ReconciliationResult<NfsStore>> DeletedAsync(NfsStore entity, CancellationToken cancellationToken)
    {
        await servers.EndAsync(entity);
        checks.Forget(entity);
        return ReconciliationResult<NfsStore>.Success(entity);
    }

    /// <summary>They mount what was just exported, or what has an answering server again, now instead of at their next look.</summary>
    private void WakeHosts(bool wasExported, bool wasServerReady, NfsStore store, IReadOnlyList<KvmHost> pool)
    {
        if ((wasExported || !store.Status.IsTrue(NfsStoreConditions.Exported)) && (wasServerReady || !store.Status.IsTrue(NfsStoreConditions.ServerReady)))
        {
            return;
        }

        foreach (var host in pool)
        {
            hostQueue.Enqueue(EntityKey.Of(host));
        }
    }

    private static void Sum(ConditionList conditions)
    {
        var lacking = new[] { NfsStoreConditions.ServerReady, NfsStoreConditions.Exported, NfsStoreConditions.Mounted }
            .Select(conditions.Find)
            .FirstOrDefault(condition => condition is not { Status: "True" });
        if (lacking is not null)
        {
            conditions.False(CommonConditions.Ready, lacking.Reason, lacking.Message);
        }
        else
        {
            conditions.True(CommonConditions.Ready, CommonReasons.AsExpected, "every host of the pool sees the same files");
        }
    }

    /// <summary>Says how the hosts see the store. Takes seconds when the server is away, and not as long as asking the server itself.</summary>
    private async Task<NfsStoreStatus> JudgeMountsAsync(
        NfsStore store, NfsStoreStatus status, IReadOnlyList<KvmHost> pool, IReadOnlyList<KvmHost> members, ConditionList conditions, CancellationToken cancellationToken)
    {
        var access = await checks.TestAsync(store, members, cancellationToken);
        StoreMountReports.Tell(conditions, access, store.Spec.Pool);
        var mounts = StoreMountReports.Mounts(access);
        var probe = Probe(store, pool);
        TellSpace(store, probe, conditions);
        return status with
        {
            Mounts = mounts,
            Hosts = $"{mounts.Count(mount => mount.Ready)}/{mounts.Count}",
            Capacity = Capacity(store, probe) ?? status.Capacity,
            StoreId = status.StoreId ?? StoreMountReports.Id(access),
        };
    }

    /// <summary>Says whether more disks fit, as the first host sees it that gets an answer. Without an answer what was said last stays.</summary>
    private void TellSpace(NfsStore store, StoreProbe? probe, ConditionList conditions)
    {
        if (probe is null)
        {
            return;
        }

        var wasNearlyFull = conditions.Find(NfsStoreConditions.SpaceAvailable) is { Status: "False" };
        var reserve = StoreReserve.Bytes(probe.SizeBytes) >> 20;
        if (!StoreReserve.IsNearlyFull(probe.SizeBytes, probe.AvailableBytes, wasNearlyFull))
        {
            conditions.True(NfsStoreConditions.SpaceAvailable, CommonReasons.AsExpected, $"more than {reserve} MiB are free, which are kept for the disks that are there");
            return;
        }

        var message = $"less than {reserve} MiB are free, which are kept for the disks that are there: no new disk is made, and guests that write stand still when nothing is left. Make room in {store.Spec.ExportPath} of {store.Spec.Server.Address}, or enlarge it.";
        conditions.False(NfsStoreConditions.SpaceAvailable, NfsStoreReasons.NearlyFull, message);
        if (!wasNearlyFull)
        {
            events.Publish(store, NfsStoreReasons.NearlyFull, message, EventType.Warning);
        }
    }

    /// <summary>Compares the server with what it should be, for a limited time once it was exported: a server in use may be busy, and the hosts' mounts are to be judged meanwhile.</summary>
    /// <returns>What it is; null when it had no answer in time.</returns>
    private async Task<StepState?> CheckAsync(NfsStore store, IHostShell shell, StoreExport export, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(store.Status.IsTrue(NfsStoreConditions.Exported) ? ServerPatience * shell.Pace : Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await server.CheckAsync(shell, export, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (DeadlineExceededException)
        {
            return null;
        }
    }

    /// <summary>Says that the server is reachable and has no answer. What it exports is what it was, until that lasts.</summary>
    private void TellBusy(NfsStore store, ConditionList conditions)
    {
        if (servers.WasBusy(store))
        {
            conditions.False(
                NfsStoreConditions.ServerReady,
                CommonReasons.StepFailed,
                "the server answers by SSH, and has not said for five minutes what it exports. See on it what it is busy with (uptime, ps, dmesg).");
        }
        else if (conditions.Find(NfsStoreConditions.ServerReady) is { Status: "True" })
        {
            conditions.True(NfsStoreConditions.ServerReady, CommonReasons.AsExpected, "the server answers by SSH, and is too busy at the moment to say what it exports");
        }
    }

    /// <summary>
    /// Brings the server in line. What was exported once stays so in the status while the server cannot be asked: hosts must not unmount because of that.
    /// </summary>
    private async Task<NfsStoreStatus> ExportAsync(
        NfsStore store, NfsStoreStatus status, IReadOnlyList<KvmHost> pool, ConditionList conditions, CancellationToken cancellationToken)
    {
        if (store.Spec.Server.Ssh is null)
        {
            await servers.EndAsync(store);
            External(store, pool, conditions);
            return status;
        }

        var export = StoreExports.For(store, pool, pools.Of(store.Spec.Pool).Strangers);
        IHostShell? shell = null;
        ServerBeat? heard = null;
        try
        {
            shell = await connections.ShellAsync(store, cancellationToken);
            heard = servers.Hear(store, shell);
            if (!servers.IsDue(store, export, heard))
            {
                return status;
            }

            if (await CheckAsync(store, shell, export, cancellationToken) is not { } state)
            {
                TellBusy(store, conditions);
                return status;
            }

            if (!state.IsReady)
            {
                // What takes several passes is said once.
                if (conditions.Find(NfsStoreConditions.Exported)?.Message != state.Message)
                {
                    logger.LogInformation("{Store}: {Difference}", store.Name(), state.Message);
                }

                conditions.True(NfsStoreConditions.ServerReady, CommonReasons.AsExpected, "the server answers by SSH");
                if (status.Phase is null)
                {
                    // Installing the server takes a while: people see at once that it goes on.
                    conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the server is being set up");
                    await WriteAsync(store, status, "Preparing", conditions, cancellationToken);
                }

                // What only a person can mend is not tried.
                state = state is { Status: StepStatus.Blocked, HasDrift: false } ? state : await server.ApplyAsync(shell, export, cancellationToken);
            }

            servers.Answered(store, export, heard, state);
            conditions.True(NfsStoreConditions.ServerReady, CommonReasons.AsExpected, "the server answers by SSH");
            var reason = state.Status == StepStatus.InProgress ? CommonReasons.InProgress : CommonReasons.StepFailed;
            if (state.IsReady)
            {
                conditions.True(NfsStoreConditions.Exported, CommonReasons.AsExpected, state.Message);
            }
            else if (!store.Status.IsTrue(NfsStoreConditions.Exported))
            {
                conditions.False(NfsStoreConditions.Exported, reason, state.Message);
            }
            else
            {
                conditions.False(NfsStoreConditions.ServerReady, reason, state.Message);
            }
        }
        catch (CredentialsMissingException missing)
        {
            await servers.EndAsync(store);
            conditions.False(NfsStoreConditions.ServerReady, missing.Reason, missing.Message);
        }
        catch (HostException exception)
        {
            var (why, message) = HostFailures.Explain(exception, store);
            if (why == CommonReasons.StepFailed)
            {
                servers.Answered(store, export, heard, new StepState(StepStatus.Failed, message));
            }
            else
            {
                servers.Forget(store);
            }

            conditions.False(NfsStoreConditions.ServerReady, why == KvmHostReasons.Unreachable ? NfsStoreReasons.ServerUnreachable : why, message);
        }

        // The first key is recorded as soon as it was seen, whatever became of the rest: from then on no other one is trusted.
        return shell?.HostKey is { } key
            ? status with { Ssh = (status.Ssh ?? new HostSshStatus()) with { HostKey = key.OpenSshLine, HostKeyFingerprint = key.Fingerprint } }
            : status;
    }

    /// <summary>Somebody else's server is judged by what the hosts see of it.</summary>
    private void External(NfsStore store, IReadOnlyList<KvmHost> pool, ConditionList conditions)
    {
        conditions.True(NfsStoreConditions.Exported, NfsStoreReasons.External, "the server is somebody else's; the hosts mount what it exports");
        var probes = pool
            .Select(host => observations.Find(host.Name())?.Stores.FirstOrDefault(probe => probe.MountPath == store.Spec.MountPath))
            .OfType<StoreProbe>()
            .ToList();
        if (probes.Any(probe => probe.Answers))
        {
            conditions.True(NfsStoreConditions.ServerReady, NfsStoreReasons.External, "the server answers the hosts");
        }
        else if (probes.Count > 0)
        {
            conditions.False(
                NfsStoreConditions.ServerReady, NfsStoreReasons.ServerUnreachable, $"no host gets an answer from {store.Spec.Server.Address}: {probes[0].Reason}. Check the server, its export and the network to it.");
        }
        else
        {
            conditions.Unknown(NfsStoreConditions.ServerReady, CommonReasons.NotYetKnown, "no host has tried to mount it yet");
        }
    }

    /// <summary>What the first host sees of it that gets an answer; null when none does.</summary>
    private StoreProbe? Probe(NfsStore store, IReadOnlyList<KvmHost> pool) => pool
        .Select(host => observations.Find(host.Name())?.Stores.FirstOrDefault(one => one.MountPath == store.Spec.MountPath && one is { Answers: true, SizeBytes: > 0 }))
        .FirstOrDefault(one => one is not null);

    /// <summary>Free space in steps of a percent, since each smaller one would be a write of the status.</summary>
    private static StoreCapacity? Capacity(NfsStore store, StoreProbe? probe)
    {
        if (probe is null)
        {
            return null;
        }

        var used = (int)(100 * (probe.SizeBytes - probe.AvailableBytes) / probe.SizeBytes);
        return store.Status?.Capacity is { } before && before.UsedPercent == used && before.TotalBytes == probe.SizeBytes
            ? before
            : new StoreCapacity { TotalBytes = probe.SizeBytes, AvailableBytes = probe.AvailableBytes, UsedPercent = used };
    }

    private void Tell(NfsStore store, bool wasReady, ConditionList conditions)
    {
        var ready = conditions.Find(CommonConditions.Ready)!;
        if (wasReady && ready.Status != "True")
        {
            events.Publish(store, ready.Reason, ready.Message, EventType.Warning);
        }
        else if (!wasReady && ready.Status == "True")
        {
            events.Publish(store, CommonConditions.Ready, ready.Message);
        }
    }

    private async Task WriteAsync(NfsStore store, NfsStoreStatus status, string phase, ConditionList conditions, CancellationToken cancellationToken)
    {
        store.Status = status with { ObservedGeneration = store.Metadata.Generation, Phase = phase, Conditions = conditions.ToList() };
        await writer.WriteAsync(store, cancellationToken);
    }
}
