using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Observations;
using KvmOperator.KvmHosts.Draining;
using KvmOperator.KvmHosts.Relief;
using KvmOperator.Placement;
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
    PoolViews pools,
    IEntityStore<NfsStore> stores,
    IEntityStore<VirtualMachine> guests,
    IEntityQueue<KvmHost> hostQueue,
    IEntityQueue<NfsStore> storeQueue,
    HostMemory memory,
    HostObservations observations,
    DomainIndex domains,
    HostLoads loads,
    HostDrain drain,
    HostRelief relief,
    StatusWriter<KvmHost> writer,
    IEventRecorder events,
    TimeProvider clock,
    ILogger<KvmHostController> logger) : IEntityController<KvmHost>
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<KvmHost>> ReconcileAsync(KvmHost entity, CancellationToken cancellationToken)
    {
        var pass = new HostPass(entity, clock);
        if (!pass.Conditions.Accepts(KvmHostValidator.Validate(entity)))
        {
            await writer.WriteAsync(pass.In("Invalid"), cancellationToken);
            return ReconciliationResult<KvmHost>.Success(entity);
        }

        IHostShell? shell = null;
        try
        {
            shell = await connections.ShellAsync(entity, cancellationToken);
            return await PrepareAsync(pass, shell, cancellationToken);
        }
        catch (CredentialsMissingException missing)
        {
            return await FailedAsync(pass, null, missing.Reason, missing.Message, cancellationToken);
        }
        catch (SameMachineException same)
        {
            return await FailedAsync(pass, shell?.HostKey, KvmHostReasons.SameMachine, same.Message, cancellationToken);
        }
        catch (HostException exception)
        {
            pass.Failed(exception);
            var (reason, message) = HostFailures.Explain(exception, entity);
            return await FailedAsync(pass, shell?.HostKey, reason, message, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<ReconciliationResult<KvmHost>> DeletedAsync(KvmHost entity, CancellationToken cancellationToken)
    {
        memory.Gone(entity.Name());
        observations.Forget(entity.Name());
        await observer.ForgetAsync(entity.Name());
        domains.Forget(entity.Name());
        loads.Forget(entity.Name());
        relief.Forget(entity.Name());
        WakeStores(entity);

        // Until now its peers let it in, so that its guests could leave.
        WakePeers(entity);
        return ReconciliationResult<KvmHost>.Success(entity);
    }

    private async Task<ReconciliationResult<KvmHost>> PrepareAsync(HostPass pass, IHostShell shell, CancellationToken cancellationToken)
    {
        var (host, name, conditions) = (pass.Host, pass.Name, pass.Conditions);
        var pool = pools.Of(host.Spec.Pool);
        var plan = HostPlans.Alone(host, stores.List(), stores.Undecodable);
        var before = observations.Find(name);
        var seen = await observations.SeeAsync(name, shell, [.. plan.Stores.Select(store => store.MountPath)], cancellationToken);
        var restarted = pass.Answered(seen, memory.CpuPercent(name, seen), hosts.List().Count);
        if (restarted)
        {
            HostEvents.Restarted(events, host);
        }

        relief.Tell(pass, seen);
        var isDrained = await drain.AdvanceAsync(pass, seen, cancellationToken);
        TellIdentity(pass);
        pass.Status = HostStatuses.WithKey(pass.Status, shell.HostKey);
        if (before is not null && StoreProbes.Differ(before, seen))
        {
            WakeStores(host);
        }

        if (host.IsPaused())
        {
            // Its guests and the pool's stores depend on what is seen of it; nothing is changed there. Afterwards everything is checked: people paused it to work on it.
            memory.Forget(name);
            if (conditions.Find(CommonConditions.Ready) is not { Status: "True" })
            {
                conditions.False(CommonConditions.Ready, CommonReasons.Paused, $"nothing is done there until the annotation {Annotations.Paused} is taken off");
            }

            await writer.WriteAsync(pass.In(pass.Status.Phase ?? "Paused"), cancellationToken);
            return ReconciliationResult<KvmHost>.Success(host, WatchInterval);
        }

        if (FailedHosts.IsShutOut(host, seen.BootId))
        {
            // What is left of its guests is ended first; until then nothing is mounted there and nobody trusts it.
            memory.Forget(name);
            conditions.False(CommonConditions.Ready, KvmHostReasons.Returning, "it answers again after a failure, and is cleaned before it is let in (status.failover)");
            await writer.WriteAsync(pass.In("Unreachable"), cancellationToken);
            return ReconciliationResult<KvmHost>.Success(host, WatchInterval);
        }

        var hung = StoreProbes.Hung(seen);
        var fingerprint = HostPlans.Fingerprint(plan, pool, host, seen.BootId);
        var steps = memory.Steps(name, fingerprint);
        var needsNetwork = DefaultNetwork.IsNeeded(host, guests);
        steps.Want(PreparationStep.Virtualization, needsNetwork ? "with the default network" : "without it");
        steps.Note(PreparationStep.Virtualization, seen.LibvirtAnswers ? "libvirt answers" : "libvirt does not answer");
        if (seen.LibvirtHangs)
        {
            var found = HostReports.OfHangingLibvirt(seen);
            steps.Found(found);
            HostReports.Tell(conditions, [found]);
            HostReports.Sum(conditions, steps.AreReady, steps.Reports);
        }
        else if (!seen.LibvirtAnswers)
        {
            steps.Doubt(PreparationStep.Virtualization);
        }

        if (StoreProbes.AnyMissing(seen))
        {
            steps.Doubt(PreparationStep.StoreMounts);
        }

        steps.Note(PreparationStep.StoreMounts, AnsweringServers(host));
        steps.FilesChanged(seen.FilesChanged);
        var due = steps.Due;
        if (due.Count == 0)
        {
            // Conditions of the steps stay as they were found.
            if (steps.IsReady(PreparationStep.StoreMounts))
            {
                HostReports.TellStores(conditions, plan, hung);
            }

            HostReports.TellHung(conditions, hung);
            if (steps.AreReady && seen.LibvirtAnswers && HostStatuses.LacksVersions(pass.Status))
            {
                // A busy machine may not have said it in time when it became ready.
                pass.Status = HostStatuses.WithFacts(pass.Status, await observer.ReadFactsAsync(shell, cancellationToken), seen);
                TellIdentity(pass);
            }

            await writer.WriteAsync(pass.In(steps.AreReady ? HostModes.Phase(host.Spec.Mode, isDrained) : "Preparing"), cancellationToken);
            return ReconciliationResult<KvmHost>.Success(host, UntilDue(steps));
        }

        // Written down early, so that peers that are prepared at the same time learn it soon.
        var introduces = false;
        if (due.Contains(PreparationStep.PeerTrust))
        {
            var identity = await identities.EnsureAsync(shell, cancellationToken);
            introduces = !HostStatuses.HasIdentity(pass.Status, identity);
            pass.Status = HostStatuses.WithIdentity(pass.Status, identity);
        }

        if (pass.Status.Phase is null or "Unreachable" or "Invalid")
        {
            // A store of the pool has to let it in before it can mount.
            WakeStores(host);

            // The first preparation takes minutes: people see at once that it goes on.
            conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the machine is being prepared");
            await writer.WriteAsync(pass.In("Preparing"), cancellationToken);
        }

        var told = new HashSet<PreparationStep>();
        var began = clock.GetTimestamp();
        var reports = await preparation.RunAsync(
            shell,
            StoreProbes.Without(HostPlans.For(host, pool, stores.List(), stores.Undecodable) with { NeedsDefaultNetwork = needsNetwork }, hung),
            due,
            report =>
            {
                // A pass that is cut off goes on behind this step.
                steps.Found(report);
                told.Add(report.Step);
                return TellAsync(pass, report, hung, cancellationToken);
            },
            cancellationToken);
        var took = clock.GetElapsedTime(began);
        foreach (var report in reports.Where(report => !told.Contains(report.Step)))
        {
            steps.Found(report, took);
        }

        if (reports.Any(report => report.Mended is not null))
        {
            steps.DoubtTrouble(butNot: reports.Select(report => report.Step));
        }

        HostReports.Tell(conditions, reports);
        HostReports.TellHung(conditions, hung);
        var ready = steps.AreReady;
        HostReports.Sum(conditions, ready, steps.Reports);
        if (ready || restarted || pass.Status.System is null)
        {
            pass.Status = HostStatuses.WithFacts(pass.Status, await observer.ReadFactsAsync(shell, cancellationToken), seen);
            TellIdentity(pass);
        }

        await writer.WriteAsync(pass.In(ready ? HostModes.Phase(host.Spec.Mode, isDrained) : "Preparing"), cancellationToken);
        TellEvents(pass, reports);
        if (introduces)
        {
            WakePeers(host);
        }

        if (ready)
        {
            WakeStores(host);
        }

        return ReconciliationResult<KvmHost>.Success(host, UntilDue(steps));
    }

    /// <summary>Says whether libvirt can tell it from its peers; once in an event, too.</summary>
    private void TellIdentity(HostPass pass)
    {
        var before = pass.Conditions.Find(KvmHostConditions.IdentityUnique)?.Message;
        HostIdentities.Tell(pass.Conditions, pass.Host, pass.Status.System, hosts);
        if (pass.Conditions.Find(KvmHostConditions.IdentityUnique) is { Status: "False" } shared && shared.Message != before)
        {
            events.Publish(pass.Host, shared.Reason, $"{KvmHostConditions.IdentityUnique}: {shared.Message}", EventType.Warning);
        }
    }

    /// <summary>The stores of the pool whose servers are well: what could not be mounted is tried again when its server is.</summary>
    private string AnsweringServers(KvmHost host) => string.Join(
        ' ', stores.List().Where(store => store.Spec.Pool == host.Spec.Pool && store.Status.IsTrue(NfsStoreConditions.ServerReady)).Select(store => store.Name()).Order(StringComparer.Ordinal));

    /// <summary>The host is watched meanwhile.</summary>
    private static TimeSpan UntilDue(HostSteps steps)
    {
        var wait = steps.UntilDue;
        return wait < ShortestWait ? ShortestWait : wait < WatchInterval ? wait : WatchInterval;
    }

    /// <summary>The first preparation takes minutes: each step is seen when it is done.</summary>
    private async Task TellAsync(HostPass pass, StepReport report, IReadOnlyList<StoreProbe> hung, CancellationToken cancellationToken)
    {
        HostReports.Tell(pass.Conditions, [report]);
        HostReports.TellHung(pass.Conditions, hung);
        await writer.WriteAsync(pass.In(pass.Status.Phase ?? "Preparing"), cancellationToken);
    }

    /// <summary>What was mended is told when it is mended, and not when that failed or has only begun; a failure is told once, not at each try.</summary>
    private void TellEvents(HostPass pass, IReadOnlyList<StepReport> reports)
    {
        foreach (var report in reports)
        {
            var condition = HostReports.Conditions[report.Step];
            if (report.Mended is { } mended)
            {
                logger.LogInformation("{Host}: {Step}: {Mended}: {Status}", pass.Name, report.Step, mended, report.State.Status);
            }

            if (report is { Mended: not null, State.IsReady: true })
            {
                events.Publish(pass.Host, KvmHostReasons.DriftMended, $"{condition}: {report.Mended}");
            }
            else if (HostReports.IsFailure(report) && pass.IsNews(condition))
            {
                events.Publish(pass.Host, CommonReasons.StepFailed, $"{condition}: {report.State.Message}", EventType.Warning);
            }
        }
    }

    /// <summary>The stores of its pool look at it now instead of at their next turn.</summary>
    private void WakeStores(KvmHost host)
    {
        foreach (var store in stores.ListBy(HostIndexes.ByPool, host.Spec.Pool))
        {
            storeQueue.Enqueue(EntityKey.Of(store));
        }
    }

    /// <summary>
    /// Its peers let in who belongs to them now instead of at their next turn. In the background: while a large pool comes, each of its hosts is news to all others, and those that were
    /// never looked at must not wait for the others to be gone through at each of them.
    /// </summary>
    private void WakePeers(KvmHost host)
    {
        foreach (var peer in hosts.ListBy(HostIndexes.ByPool, host.Spec.Pool).Where(peer => peer.Name() != host.Name()))
        {
            hostQueue.EnqueueInBackground(EntityKey.Of(peer));
        }
    }

    /// <summary>A machine that answers but could not do what it should is reachable all the same, and what was seen of its guests counts.</summary>
    private async Task<ReconciliationResult<KvmHost>> FailedAsync(HostPass pass, HostKey? key, string reason, string message, CancellationToken cancellationToken)
    {
        memory.Forget(pass.Name);
        var answers = pass.Conditions.IsTrue(KvmHostConditions.Reachable) && reason is (CommonReasons.StepFailed or KvmHostReasons.PrivilegeRefused);
        if (!answers)
        {
            observations.Lost(pass.Name);
            pass.Conditions.False(KvmHostConditions.Reachable, reason, message);
        }

        pass.Status = HostStatuses.WithKey(pass.Status, key);
        pass.Conditions.False(CommonConditions.Ready, reason, message);
        await writer.WriteAsync(pass.In(answers ? "Preparing" : "Unreachable"), cancellationToken);
        if (pass.IsNews(CommonConditions.Ready))
        {
            events.Publish(pass.Host, reason, message, EventType.Warning);
        }

        return ReconciliationResult<KvmHost>.Success(pass.Host, WatchInterval);
    }
}
