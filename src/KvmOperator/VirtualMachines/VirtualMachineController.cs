using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.VmMigrations;

namespace KvmOperator.VirtualMachines;

/// <summary>Creates guests and keeps them as their objects say. What comes next is decided by <see cref="GuestDecisions"/>; each step has one handler here.</summary>
internal sealed class VirtualMachineController(
    GuestHosts guestHosts,
    GuestStores guestStores,
    GuestMemory memory,
    PlacementGate gate,
    PoolCpuModels cpuModels,
    DiskCreation disks,
    DomainChanges changes,
    IDomains domains,
    HostObservations observations,
    IEntityStore<VirtualMachine> machines,
    IEntityStore<KvmHost> hosts,
    IEntityStore<NfsStore> stores,
    IEntityStore<VmMigration> migrations,
    StatusWriter<VirtualMachine> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityController<VirtualMachine>
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WorkInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<VirtualMachine>> ReconcileAsync(VirtualMachine entity, CancellationToken cancellationToken)
    {
        if (entity.GetAnnotation(Annotations.Paused) == "true")
        {
            return ReconciliationResult<VirtualMachine>.Success(entity);
        }

        var status = entity.Status ?? new VirtualMachineStatus();
        var conditions = new ConditionList(status.Conditions, VirtualMachineConditions.All, entity.Metadata.Generation, clock);
        if (!conditions.Accepts(VirtualMachineValidator.Validate(entity)))
        {
            await WriteAsync(entity, status, "Invalid", conditions, cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity);
        }

        if (!guestHosts.AreCurrent(entity))
        {
            return ReconciliationResult<VirtualMachine>.Success(entity, WorkInterval);
        }

        if (entity.Identity() is { Adopted: null } own)
        {
            status = status with { DomainName = own.DomainName, DomainUuid = own.Uuid.ToString() };
        }

        if (GuestMoves.IsMoving(entity, migrations.List()))
        {
            conditions.True(CommonConditions.Ready, VirtualMachineReasons.Migrating, "it runs and is being moved to another host");
            await WriteAsync(entity, status, "Migrating", conditions, cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity, WatchInterval);
        }

        try
        {
            var location = guestHosts.Locate(entity);
            if (location.Domain is { } found)
            {
                status = status with { DomainName = found.Name, DomainUuid = found.Uuid.ToString() };
            }

            var delay = GuestDecisions.Next(entity.Spec, status, location, clock.GetUtcNow()) switch
            {
                GuestStep.Ask { MayBeNew: true } when await IsNewAsync(entity, cancellationToken) => await CreateAsync(entity, status, conditions, cancellationToken),
                GuestStep.Ask step => await AskAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.Conflict step => await ConflictAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.Adopt step => await AdoptAsync(entity, status, conditions, step.Host, cancellationToken),
                GuestStep.NothingToAdopt => await RefuseAdoptionAsync(
                    entity, status, conditions, $"no host of the pool has a domain with the UUID of the annotation {Annotations.AdoptDomain}: correct it, or take it away to have a new guest made", cancellationToken),
                GuestStep.NotOurs step => await NotOursAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.Create => await CreateAsync(entity, status, conditions, cancellationToken),
                GuestStep.Start step => await StartAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.BackOff step => await BackOffAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.Run step => await RunAsync(entity, status, conditions, step.Host, location.Domain!, cancellationToken),
                GuestStep.StartUp step => StartUp(step),
                GuestStep.StandStill step => await StandStillAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.ShutDown step => await ShutDownAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.PowerOff step => await PowerOffAsync(entity, status, conditions, step, cancellationToken),
                GuestStep.Rest step => await RestAsync(entity, status, conditions, step.Host, cancellationToken),
                var other => throw new NotSupportedException(other.ToString()),
            };
            return ReconciliationResult<VirtualMachine>.Success(entity, delay);
        }
        catch (CredentialsMissingException missing)
        {
            return await FailedAsync(entity, status, conditions, KvmHostReasons.CredentialsUnusable, missing.Message, cancellationToken);
        }
        catch (HostException exception)
        {
            return await FailedAsync(entity, status, conditions, CommonReasons.StepFailed, $"{exception.HostName}: {exception.Message}", cancellationToken);
        }
        catch (Exception exception) when (exception is DomainMissingException or DomainNotOwnedException)
        {
            return await FailedAsync(entity, status, conditions, CommonReasons.StepFailed, exception.Message, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<VirtualMachine>> DeletedAsync(VirtualMachine entity, CancellationToken cancellationToken)
    {
        memory.Forget(EntityKey.Of(entity));
        guestHosts.Forget(EntityKey.Of(entity));
        return Task.FromResult(ReconciliationResult<VirtualMachine>.Success(entity));
    }

    private async Task<TimeSpan> AskAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.Ask step, CancellationToken cancellationToken)
    {
        var message = $"{string.Join(", ", step.Hosts)} cannot be asked, and the guest may run there: nothing is started elsewhere. Bring the host back, or confirm that it is off (kubectl annotate kvmhost {step.Hosts[0]} {Annotations.ConfirmPoweredOff}={step.Hosts[0]}).";
        conditions.Unknown(VirtualMachineConditions.Running, VirtualMachineReasons.HostUnknown, message);
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.HostUnknown, message);
        await WriteAsync(machine, status, status.Host is null ? "Pending" : "Unknown", conditions, cancellationToken);
        return WatchInterval;
    }

    /// <summary>Whether the guest was never made: asked of a host that sees its stores, since the store knows it also when other hosts are silent.</summary>
    private async Task<bool> IsNewAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            return false;
        }

        var seeing = guestHosts.Of(machine).FirstOrDefault(host => observations.Find(host.Name()) is { LibvirtAnswers: true }
            && ofDisks.Values.All(store => store.Status?.Mounts.Any(mount => mount.Host == host.Name() && mount.Ready) == true));
        return seeing is not null && await disks.AreAllMissingAsync((await guestHosts.ShellAsync(seeing.Name(), cancellationToken))!, machine, ofDisks, cancellationToken);
    }

    /// <summary>A host that does not answer may run the guest, unless it was never started and is on this one.</summary>
    private static bool IsHindered(VirtualMachineStatus status, string host, IReadOnlyList<string> silent) =>
        status.StartTime is null && status.Host == host ? silent.Contains(host, StringComparer.Ordinal) : silent.Count > 0;

    private async Task<TimeSpan> ConflictAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.Conflict step, CancellationToken cancellationToken)
    {
        // The looks at the hosts are seconds old, and a move may have ended in between.
        var (active, _, _) = await guestHosts.AskAsync(machine, cancellationToken);
        if (active.Count < 2)
        {
            foreach (var host in step.Hosts)
            {
                guestHosts.LookSoon(host);
            }

            return WorkInterval;
        }

        var message = $"it runs on {string.Join(" and ", active)}: nothing is touched. Find out which one is right (its console, its disk's lock), and end the other with virsh destroy.";
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.RunsTwice, message);
        if (await WriteAsync(machine, status, "Unknown", conditions, cancellationToken))
        {
            events.Publish(machine, VirtualMachineReasons.RunsTwice, message, EventType.Warning);
        }

        return WatchInterval;
    }

    private async Task<TimeSpan> NotOursAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.NotOurs step, CancellationToken cancellationToken)
    {
        var message = $"{step.Host} has a domain {machine.Identity().DomainName} that is not this object's, and it is not touched: rename or remove it, choose another name, or have it taken over (annotation {Annotations.AdoptDomain}, with its UUID).";
        conditions.False(VirtualMachineConditions.Defined, VirtualMachineReasons.DomainNotOurs, message);
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.DomainNotOurs, message);
        if (await WriteAsync(machine, status, "Pending", conditions, cancellationToken))
        {
            events.Publish(machine, VirtualMachineReasons.DomainNotOurs, message, EventType.Warning);
        }

        return WatchInterval;
    }

    /// <summary>Takes over a domain that a person made, if the spec describes it: a disk or an interface that the spec does not know would be taken from it later.</summary>
    private async Task<TimeSpan> AdoptAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string host, CancellationToken cancellationToken)
    {
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            return await RefuseAdoptionAsync(machine, status, conditions, $"there is no NfsStore {guestStores.Missing(machine)} in the pool '{machine.Spec.Placement.Pool}': create it, or correct spec.disks", cancellationToken);
        }

        var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;
        var identity = machine.Identity();
        var stored = await domains.ReadForeignXmlAsync(shell, identity.Uuid, live: false, cancellationToken);
        var differences = DomainComparison.Compare(stored, GuestDefinitions.For(machine, ofDisks, null), live: false)
            .Where(difference => difference is not (DomainDifference.Vcpus or DomainDifference.Memory))
            .Select(difference => difference.What)
            .ToList();
        if (differences.Count > 0)
        {
            return await RefuseAdoptionAsync(machine, status, conditions, $"the spec is not what the domain on {host} is: {string.Join(", ", differences)}. Describe its disks (source.existing) and networks (mac) as they are", cancellationToken);
        }

        await domains.AdoptAsync(shell, identity, cancellationToken);
        guestHosts.Changed(machine, host);
        events.Publish(machine, VirtualMachineReasons.Adopted, $"the domain {identity.Uuid} on {host} is this object's now; it was not restarted");
        return WorkInterval;
    }

    private async Task<TimeSpan> RefuseAdoptionAsync(VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string message, CancellationToken cancellationToken)
    {
        conditions.False(VirtualMachineConditions.Defined, VirtualMachineReasons.AdoptionRefused, $"{message}. Nothing was changed.");
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.AdoptionRefused, message);
        if (await WriteAsync(machine, status, "Pending", conditions, cancellationToken))
        {
            events.Publish(machine, VirtualMachineReasons.AdoptionRefused, message, EventType.Warning);
        }

        return WatchInterval;
    }

    private async Task<TimeSpan> CreateAsync(VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, CancellationToken cancellationToken)
    {
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            var message = $"there is no NfsStore {guestStores.Missing(machine)} in the pool '{machine.Spec.Placement.Pool}': create it, or correct spec.disks";
            conditions.False(VirtualMachineConditions.DisksReady, CommonReasons.DependencyNotReady, message);
            conditions.False(CommonConditions.Ready, CommonReasons.DependencyNotReady, message);
            await WriteAsync(machine, status, "Pending", conditions, cancellationToken);
            return RetryInterval;
        }

        var verdict = await gate.RunAsync(() => PlaceAsync(machine, status, conditions, cancellationToken), cancellationToken);
        status = machine.Status!;
        if (verdict.Host is not { } host)
        {
            return RetryInterval;
        }

        var shell = await guestHosts.ShellAsync(host, cancellationToken);
        var made = await disks.AdvanceAsync(shell!, machine, ofDisks, cancellationToken);
        if (made is not DiskCreationResult.Ready ready)
        {
            return await DisksAsync(machine, status, conditions, made, cancellationToken);
        }

        conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, "all disks are there");
        status = status with { Disks = ready.Disks };

        // The looks are seconds old, and somebody may have moved it by hand in between.
        var (active, defined, silent) = await guestHosts.AskAsync(machine, cancellationToken);
        if (active.Count > 0 || defined.Count > 0 || IsHindered(status, host, silent))
        {
            foreach (var place in active.Concat(defined))
            {
                guestHosts.LookSoon(place);
            }

            return RetryInterval;
        }

        var pool = hosts.List().Where(other => other.Spec.Pool == machine.Spec.Placement.Pool && observations.Find(other.Name()) is { LibvirtAnswers: true }).ToList();
        var definition = GuestDefinitions.For(machine, ofDisks, await cpuModels.ForAsync(machine.Spec.Placement.Pool, pool, cancellationToken));
        await domains.DefineAsync(shell!, definition, cancellationToken);
        guestHosts.Changed(machine, host);
        conditions.True(VirtualMachineConditions.Defined, CommonReasons.AsExpected, "the domain is defined as the spec says");
        memory.Compared(EntityKey.Of(machine), Subject(machine, host));
        if (machine.Spec.RunStrategy is RunStrategy.Always or RunStrategy.RerunOnFailure)
        {
            return await StartAsync(machine, status, conditions, new GuestStep.Start(host, "first start", 0), cancellationToken);
        }

        return await RestAsync(machine, status, conditions, host, cancellationToken);
    }

    /// <summary>Chooses a host and writes it down, so that a killed operator's successor goes on there.</summary>
    private async Task<PlacementVerdict> PlaceAsync(VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, CancellationToken cancellationToken)
    {
        var candidates = GuestPlaces.Hosts(hosts.List(), stores.List(), machines.List(), machine, observations.Find);
        var guest = GuestPlaces.Guest(machine);
        var chosen = candidates.FirstOrDefault(candidate => candidate.Name == status.Host);
        var verdict = chosen is not null && PlacementPlanner.Refuse(guest, chosen) is null
            ? new PlacementVerdict(chosen.Name, new Dictionary<string, string>(StringComparer.Ordinal))
            : PlacementPlanner.Choose(guest, candidates);
        if (verdict.Host is { } host)
        {
            conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} takes it");
            conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the guest is being created");
            await WriteAsync(machine, status with { Host = host }, "Creating", conditions, cancellationToken);
        }
        else
        {
            var message = $"no host can take it: {verdict.Explain()}";
            conditions.False(VirtualMachineConditions.Placed, VirtualMachineReasons.NoHostFits, message);
            conditions.False(CommonConditions.Ready, VirtualMachineReasons.NoHostFits, message);
            if (await WriteAsync(machine, status with { Host = null }, "Pending", conditions, cancellationToken))
            {
                events.Publish(machine, VirtualMachineReasons.NoHostFits, message, EventType.Warning);
            }
        }

        return verdict;
    }

    private async Task<TimeSpan> DisksAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, DiskCreationResult made, CancellationToken cancellationToken, bool runs = false)
    {
        var (reason, message, delay) = made switch
        {
            DiskCreationResult.Running running => (CommonReasons.InProgress, running.Message, WorkInterval),
            DiskCreationResult.Waiting waiting => (CommonReasons.DependencyNotReady, waiting.Message, RetryInterval),
            DiskCreationResult.Failed failed => (CommonReasons.StepFailed, failed.Message, TimeSpan.FromSeconds(30)),
            _ => throw new NotSupportedException(made.ToString()),
        };
        conditions.False(VirtualMachineConditions.DisksReady, reason, message);
        if (!runs)
        {
            conditions.False(CommonConditions.Ready, reason, message);
        }

        if (await WriteAsync(machine, status, runs ? "Running" : "Creating", conditions, cancellationToken) && made is DiskCreationResult.Failed)
        {
            events.Publish(machine, reason, message, EventType.Warning);
        }

        return delay;
    }

    private async Task<TimeSpan> StartAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.Start step, CancellationToken cancellationToken)
    {
        if (hosts.Get(new EntityKey(null, step.Host)) is not { } home || guestStores.Of(machine) is not { } ofDisks)
        {
            return await WaitAsync(machine, status, conditions, "its host or a store of its disks is no longer known", cancellationToken);
        }

        if (home.Status?.Conditions.Any(condition => condition is { Type: CommonConditions.Ready, Status: "True" }) != true)
        {
            return await WaitAsync(machine, status, conditions, $"{step.Host} is not Ready: see its conditions (kubectl describe kvmhost {step.Host})", cancellationToken);
        }

        var (active, _, silent) = await guestHosts.AskAsync(machine, cancellationToken);
        if (active.Count > 0 || IsHindered(status, step.Host, silent))
        {
            // Somebody else started it, or a host stopped answering: the next look decides anew.
            foreach (var host in active)
            {
                guestHosts.LookSoon(host);
            }

            return RetryInterval;
        }

        var shell = (await guestHosts.ShellAsync(step.Host, cancellationToken))!;
        if (!memory.IsCompared(EntityKey.Of(machine), Subject(machine, step.Host)))
        {
            await changes.ApplyAsync(shell, GuestDefinitions.For(machine, ofDisks, null), runs: false, cancellationToken);
            memory.Compared(EntityKey.Of(machine), Subject(machine, step.Host));
        }

        await domains.StartAsync(shell, machine.Identity(), cancellationToken);
        guestHosts.Changed(machine, step.Host);
        status = status with
        {
            Host = step.Host,
            StartTime = Now(),
            LastStartReason = step.Why,
            RestartCount = step.RestartCount,
            ShutdownRequestedTime = null,
            IpAddress = null,
            IpAddresses = [],
        };
        conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{step.Host} has it");
        conditions.True(VirtualMachineConditions.Defined, CommonReasons.AsExpected, "the domain is defined as the spec says");
        conditions.False(VirtualMachineConditions.RestartRequired, CommonReasons.AsExpected, "no change waits for a restart");
        await RunningAsync(machine, status, conditions, step.Host, cancellationToken);
        events.Publish(machine, VirtualMachineReasons.Started, $"started on {step.Host}: {step.Why}");
        return WatchInterval;
    }

    private async Task<TimeSpan> WaitAsync(VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string message, CancellationToken cancellationToken)
    {
        conditions.False(VirtualMachineConditions.Running, CommonReasons.DependencyNotReady, message);
        conditions.False(CommonConditions.Ready, CommonReasons.DependencyNotReady, message);
        await WriteAsync(machine, status, "Stopped", conditions, cancellationToken);
        return RetryInterval;
    }

    private async Task<TimeSpan> BackOffAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.BackOff step, CancellationToken cancellationToken)
    {
        var message = $"it ended by itself {status.RestartCount} times in a row; started again at {step.Until:HH:mm:ss} UTC. Its console says why.";
        conditions.False(VirtualMachineConditions.Running, VirtualMachineReasons.CrashLoopBackOff, message);
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.CrashLoopBackOff, message);
        if (await WriteAsync(machine, status, "Crashed", conditions, cancellationToken))
        {
            events.Publish(machine, VirtualMachineReasons.CrashLoopBackOff, message, EventType.Warning);
        }

        return TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(1).Ticks, (step.Until - clock.GetUtcNow()).Ticks));
    }

    private async Task<TimeSpan> RunAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string host, DomainObservation domain, CancellationToken cancellationToken)
    {
        var key = EntityKey.Of(machine);
        var found = status.Host is null && status.StartTime is null;
        if (status.Host != host)
        {
            memory.Forget(key);
        }

        var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;
        if (guestStores.Of(machine) is { } ofDisks && !memory.IsCompared(key, Subject(machine, host)))
        {
            if (await NewDisksAsync(shell, machine, domain, ofDisks, cancellationToken) is { } unfinished)
            {
                return await DisksAsync(machine, status with { Host = host }, conditions, unfinished, cancellationToken, runs: true);
            }

            await CompareAsync(shell, machine, conditions, ofDisks, cancellationToken);
            memory.Compared(key, Subject(machine, host));
        }

        if (status.IpAddress is null || !memory.HasAddresses(key))
        {
            var addresses = await domains.ReadAddressesAsync(shell, machine.Identity(), cancellationToken);
            status = status with { IpAddress = addresses.Count > 0 ? addresses[0] : null, IpAddresses = addresses };
            memory.ReadAddresses(key);
        }

        conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} has it");
        conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, "all disks are there");
        conditions.True(VirtualMachineConditions.Defined, CommonReasons.AsExpected, "the domain is defined as the spec says");
        if (status.Disks.Count == 0 && guestStores.Of(machine) is { } known)
        {
            status = status with
            {
                Disks = [.. machine.Spec.Disks.Select(disk => new VirtualMachineDiskStatus
                {
                    Name = disk.Name,
                    Path = GuestDisks.Path(machine.Identity(), disk, known[disk.StoreRef.Name]),
                    Created = disk.Source?.Existing is null,
                })],
            };
        }

        status = status with { StartTime = status.StartTime ?? Now(), ShutdownRequestedTime = null };
        await RunningAsync(machine, status, conditions, host, cancellationToken);
        if (found)
        {
            events.Publish(machine, VirtualMachineReasons.Found, $"found running on {host}; it was not restarted");
        }

        return machine.Status!.IpAddress is null ? RetryInterval : WatchInterval;
    }

    /// <summary>Disks that the spec has and the domain has not are made first.</summary>
    private async Task<DiskCreationResult?> NewDisksAsync(
        IHostShell shell, VirtualMachine machine, DomainObservation domain, IReadOnlyDictionary<string, NfsStore> ofDisks, CancellationToken cancellationToken)
    {
        var identity = machine.Identity();
        return machine.Spec.Disks.All(disk => domain.DiskPaths.Contains(GuestDisks.Path(identity, disk, ofDisks[disk.StoreRef.Name]), StringComparer.Ordinal))
            || await disks.AdvanceAsync(shell, machine, ofDisks, cancellationToken) is not { } made || made is DiskCreationResult.Ready
            ? null
            : made;
    }

    private async Task CompareAsync(
        IHostShell shell, VirtualMachine machine, ConditionList conditions, IReadOnlyDictionary<string, NfsStore> ofDisks, CancellationToken cancellationToken)
    {
        var (changed, waiting) = await changes.ApplyAsync(shell, GuestDefinitions.For(machine, ofDisks, null), runs: true, cancellationToken);
        if (waiting.Count > 0)
        {
            conditions.True(VirtualMachineConditions.RestartRequired, VirtualMachineReasons.Changed, $"at its next start: {string.Join(", ", waiting)}. Shut the guest down, or say spec.runStrategy: Halted and back.");
        }
        else
        {
            conditions.False(VirtualMachineConditions.RestartRequired, CommonReasons.AsExpected, "no change waits for a restart");
        }

        if (changed.Except(waiting, StringComparer.Ordinal).ToList() is { Count: > 0 } done)
        {
            events.Publish(machine, VirtualMachineReasons.Changed, $"changed while it runs: {string.Join(", ", done)}");
        }
    }

    private async Task RunningAsync(VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string host, CancellationToken cancellationToken)
    {
        conditions.True(VirtualMachineConditions.Running, CommonReasons.AsExpected, $"it runs on {host}");
        conditions.True(CommonConditions.Ready, CommonReasons.AsExpected, $"it runs on {host}");
        await WriteAsync(machine, status with { Host = host, Console = Console(machine, host) }, "Running", conditions, cancellationToken);
    }

    private TimeSpan StartUp(GuestStep.StartUp step)
    {
        guestHosts.LookSoon(step.Host, WorkInterval);
        return RetryInterval;
    }

    private async Task<TimeSpan> StandStillAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.StandStill step, CancellationToken cancellationToken)
    {
        var message = $"it stands still on {step.Host}: {step.Why}. When that is mended: virsh resume {machine.Identity().Reference} there.";
        conditions.False(VirtualMachineConditions.Running, VirtualMachineReasons.Paused, message);
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.Paused, message);
        if (await WriteAsync(machine, status with { Host = step.Host }, "Paused", conditions, cancellationToken))
        {
            events.Publish(machine, VirtualMachineReasons.Paused, message, EventType.Warning);
        }

        return WatchInterval;
    }

    private async Task<TimeSpan> ShutDownAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.ShutDown step, CancellationToken cancellationToken)
    {
        // Written first: the time counts from the first request, whoever goes on.
        conditions.False(CommonConditions.Ready, VirtualMachineReasons.Stopped, "it is being shut down, as spec.runStrategy says");
        await WriteAsync(machine, status with { Host = step.Host, ShutdownRequestedTime = status.ShutdownRequestedTime ?? Now() }, "Stopping", conditions, cancellationToken);
        await domains.ShutdownAsync((await guestHosts.ShellAsync(step.Host, cancellationToken))!, machine.Identity(), cancellationToken);
        guestHosts.LookSoon(step.Host, TimeSpan.FromSeconds(2));
        return TimeSpan.FromTicks(Math.Clamp((step.Until - clock.GetUtcNow()).Ticks, TimeSpan.FromSeconds(1).Ticks, RetryInterval.Ticks));
    }

    private async Task<TimeSpan> PowerOffAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, GuestStep.PowerOff step, CancellationToken cancellationToken)
    {
        await domains.DestroyAsync((await guestHosts.ShellAsync(step.Host, cancellationToken))!, machine.Identity(), cancellationToken);
        guestHosts.Changed(machine, step.Host);
        events.Publish(machine, VirtualMachineReasons.ShutdownTimedOut, $"powered off: it did not shut down within {machine.Spec.TerminationGracePeriodSeconds} s", EventType.Warning);
        return await RestAsync(machine, status, conditions, step.Host, cancellationToken);
    }

    private async Task<TimeSpan> RestAsync(VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string host, CancellationToken cancellationToken)
    {
        if (guestStores.Of(machine) is { } ofDisks && !memory.IsCompared(EntityKey.Of(machine), Subject(machine, host)))
        {
            var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;
            var made = await disks.AdvanceAsync(shell, machine, ofDisks, cancellationToken);
            if (made is not DiskCreationResult.Ready ready)
            {
                return await DisksAsync(machine, status with { Host = host }, conditions, made, cancellationToken);
            }

            status = status with { Disks = ready.Disks };
            await changes.ApplyAsync(shell, GuestDefinitions.For(machine, ofDisks, null), runs: false, cancellationToken);
            memory.Compared(EntityKey.Of(machine), Subject(machine, host));
        }

        var wasRunning = status.Conditions.Any(condition => condition is { Type: VirtualMachineConditions.Running, Status: "True" });
        conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} has it");
        conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, "all disks are there");
        conditions.True(VirtualMachineConditions.Defined, CommonReasons.AsExpected, "the domain is defined as the spec says");
        conditions.False(VirtualMachineConditions.RestartRequired, CommonReasons.AsExpected, "no change waits for a restart");
        var message = $"it is off, as spec.runStrategy: {machine.Spec.RunStrategy} has it";
        conditions.False(VirtualMachineConditions.Running, VirtualMachineReasons.Stopped, message);
        conditions.True(CommonConditions.Ready, VirtualMachineReasons.Stopped, message);
        status = status with { Host = host, RestartCount = 0, ShutdownRequestedTime = null, IpAddress = null, IpAddresses = [], Console = null };
        await WriteAsync(machine, status, "Stopped", conditions, cancellationToken);
        if (wasRunning)
        {
            events.Publish(machine, VirtualMachineReasons.Stopped, $"shut down on {host}");
        }

        return WatchInterval;
    }

    private async Task<ReconciliationResult<VirtualMachine>> FailedAsync(
        VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, string reason, string message, CancellationToken cancellationToken)
    {
        // Steps on the way may have written the status already; what they wrote stays.
        status = machine.Status ?? status;
        conditions.False(CommonConditions.Ready, reason, message);
        if (await WriteAsync(machine, status, status.Phase ?? "Pending", conditions, cancellationToken))
        {
            events.Publish(machine, reason, message, EventType.Warning);
        }

        return ReconciliationResult<VirtualMachine>.Failure(machine, message);
    }

    /// <summary>What a comparison of the definition was about: the same spec on the same host needs no second one.</summary>
    private static string Subject(VirtualMachine machine, string host) => $"{machine.Uid()} {machine.Metadata.Generation} {host}";

    private string? Console(VirtualMachine machine, string host) => hosts.Get(new EntityKey(null, host)) is { } home
        ? $"ssh -t -p {home.Spec.Ssh.Port} {home.Spec.Ssh.User}@{home.Spec.Ssh.Host ?? home.Spec.Address} virsh console {machine.Identity().Reference}"
        : null;

    private DateTime Now() => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()).UtcDateTime;

    private async Task<bool> WriteAsync(VirtualMachine machine, VirtualMachineStatus status, string phase, ConditionList conditions, CancellationToken cancellationToken)
    {
        machine.Status = status with { ObservedGeneration = machine.Metadata.Generation, Phase = phase, Conditions = conditions.ToList() };
        return await writer.WriteAsync(machine, cancellationToken);
    }
}
