using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Planning.Placement;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.VirtualMachines;

/// <summary>Makes a guest that is nowhere: a host is found, then its disks are made, then its domain is defined, and then it is started if it should run.</summary>
internal sealed class GuestCreation(
    GuestHosts guestHosts,
    GuestStores guestStores,
    GuestMemory memory,
    GuestPower power,
    PlacementGate gate,
    GuestPlaces places,
    PoolViews pools,
    PoolCpuModels cpuModels,
    DiskCreation disks,
    IDomains domains,
    IGuestRendering rendering,
    IKeptGuests kept,
    DefinitionKeeping keeping,
    HostObservations observations)
{
    /// <summary>Whether the guest was never made: asked of a host that sees its stores, since the store knows it also when other hosts are silent (docs/adr/0024).</summary>
    public async Task<bool> IsNewAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            return false;
        }

        return Seeing(machine, ofDisks) is { } seeing && await disks.AreAllMissingAsync((await guestHosts.ShellAsync(seeing.Name, cancellationToken))!, machine, ofDisks, cancellationToken);
    }

    /// <summary>Whether the domain that a person wants to be the guest's is on no host any more, and was kept when it was the guest's before: asked of a host that sees its stores.</summary>
    public async Task<bool> IsKeptAsync(VirtualMachine machine, CancellationToken cancellationToken) =>
        guestStores.Of(machine) is { } ofDisks
        && Seeing(machine, ofDisks) is { } seeing
        && await kept.ReadAsync((await guestHosts.ShellAsync(seeing.Name, cancellationToken))!, Folder(machine, ofDisks), cancellationToken) is { } guest
        && KeptDefinition.Parse(guest.Definition)?.Uuid == machine.Identity().Uuid;

    /// <summary>Goes on with it. All exceptions of <see cref="IDomains"/> apply.</summary>
    public async Task<TimeSpan> AdvanceAsync(GuestPass pass, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            var message = guestStores.MissingMessage(machine);
            pass.Conditions.False(VirtualMachineConditions.DisksReady, CommonReasons.DependencyNotReady, message);
            pass.Conditions.False(CommonConditions.Ready, CommonReasons.DependencyNotReady, message);
            await pass.WriteAsync("Pending", cancellationToken);
            return GuestIntervals.Retry;
        }

        if (await PlaceAsync(pass, cancellationToken) is not { Host: { } host })
        {
            return GuestIntervals.Retry;
        }

        var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;

        var folder = Folder(machine, ofDisks);
        var revival = Revivals.For(machine, await kept.ReadAsync(shell, folder, cancellationToken), folder);
        switch (revival)
        {
            case Revival.Refused refused:
                await pass.WarnAsync("Pending", VirtualMachineConditions.Defined, refused.Reason, refused.Message, cancellationToken);
                return GuestIntervals.Person;
            case Revival.Known known:
                pass.Status = pass.Status with { DomainName = known.Definition.Name, DomainUuid = known.Definition.Uuid.ToString() };
                await pass.WriteAsync("Creating", cancellationToken);
                return GuestIntervals.Work;
        }

        // To write it down needs no file, and is begun while the disks are made: it may take as long.
        var writing = WriteDownAsync(shell, machine, host, ofDisks, revival, cancellationToken);
        var making = disks.AdvanceAsync(shell, machine, ofDisks, runs: false, cancellationToken);
        await Task.WhenAll(writing, making);
        var made = await making;
        if (made is not DiskCreationResult.Ready ready)
        {
            return await GuestDiskReports.TellAsync(pass, made, cancellationToken);
        }

        pass.Conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, GuestDisks.ReadyMessage(machine.Spec, ready.Disks));
        pass.Status = pass.Status with { Disks = ready.Disks };
        await CloudInitReports.TellAsync(pass, disks, shell, ofDisks, ready.HasMadeCloudInit, cancellationToken);

        // The looks are seconds old, and somebody may have moved it by hand in between.
        var asking = guestHosts.AskAsync(machine, cancellationToken);
        await Task.WhenAll(asking, disks.ForgetAsync(shell, ready, cancellationToken));
        if (await writing is not { } definition)
        {
            pass.Conditions.False(CommonConditions.Ready, CommonReasons.InProgress, $"its definition is being written down by virt-install on {host}, as the first one of its kind there");
            await pass.WriteAsync("Creating", cancellationToken);
            return GuestIntervals.Work;
        }

        var answers = await asking;
        if (answers is not { Active.Count: 0, Defined.Count: 0, Foreign.Count: 0 } || GuestLifecycle.IsHindered(GuestReading.Record(pass.Status), host, answers.Silent))
        {
            foreach (var place in answers.Active.Concat(answers.Defined).Concat(answers.Foreign))
            {
                guestHosts.LookSoon(place);
            }

            return GuestIntervals.Retry;
        }

        if (revival is Revival.Again { HasTpmState: true })
        {
            await kept.RestoreTpmAsync(shell, folder, machine.Identity().Uuid, cancellationToken);
        }

        await domains.DefineAsync(shell, machine.Identity(), definition, cancellationToken);
        guestHosts.Changed(machine, host);
        memory.Forget(pass.Key);
        await keeping.KeepAsync(pass, shell, ofDisks, TpmUse.Off, cancellationToken);
        pass.Defined(DomainOverlays.None);
        if (revival is Revival.Again)
        {
            // The spec may say otherwise by now: it is compared before the start.
            pass.Publish(VirtualMachineReasons.MadeAgain, $"made again on {host} from its last definition");
        }
        else
        {
            memory.Compared(pass.Key, pass.Subject(host));
        }

        return machine.Spec.RunStrategy is RunStrategy.Always or RunStrategy.RerunOnFailure
            ? await power.StartAsync(pass, new GuestStep.Start(host, pass.Status.StartTime is null ? "first start" : $"it was made again on {host}", 0), isPlaced: true, cancellationToken)
            : await power.RestAsync(pass, host, VirtualMachineReasons.Stopped, cancellationToken);
    }

    private static string Folder(VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> ofDisks) =>
        KeptFiles.Folder(GuestDisks.Folder(machine.Identity(), ofDisks[machine.Spec.Disks[0].StoreRef.Name]));

    /// <summary>A host that answers and sees all stores of the guest's disks; null for none.</summary>
    private PoolMember? Seeing(VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> ofDisks) =>
        guestHosts.Of(machine).FirstOrDefault(host => host.CanBeAsked && observations.Find(host.Name) is { LibvirtAnswers: true }
            && ofDisks.Values.All(store => store.Status?.Mounts.Any(mount => mount.Host == host.Name && mount.Ready) == true));

    /// <summary>The domain's XML, with a processor that every host of the pool has; null while it is being written. What a person made keeps the processor that it had.</summary>
    private async Task<string?> WriteDownAsync(
        IHostShell shell, VirtualMachine machine, string host, IReadOnlyDictionary<string, NfsStore> ofDisks, Revival revival, CancellationToken cancellationToken)
    {
        if (revival is Revival.Again adopted && machine.Identity().Adopted is not null)
        {
            return adopted.Definition.Xml;
        }

        var pool = pools.Of(machine.Spec.Placement.Pool).Workable.Where(other => observations.Find(other.Name()) is { LibvirtAnswers: true }).ToList();
        var cpuXml = await cpuModels.ForAsync(machine.Spec.Placement.Pool, pool, machine.Spec.Placement.HostRef is null ? null : host, cancellationToken);
        return revival is Revival.Again again ? again.Definition.Again(cpuXml) : await rendering.RenderAsync(shell, GuestDefinitions.For(machine, ofDisks, cpuXml), cancellationToken);
    }

    /// <summary>Chooses a host and writes it down, so that a killed operator's successor goes on there.</summary>
    private async Task<PlacementVerdict> PlaceAsync(GuestPass pass, CancellationToken cancellationToken)
    {
        var verdict = gate.Choose(() => Choose(pass));
        try
        {
            await WriteAsync(pass, verdict, cancellationToken);
        }
        finally
        {
            gate.Written(pass.Key);
        }

        return verdict;
    }

    /// <summary>The host that was written down before, if it still takes the guest, or else the best one. What was chosen counts for others from now on.</summary>
    private PlacementVerdict Choose(GuestPass pass)
    {
        var guest = GuestPlaces.Guest(pass.Machine);
        var verdict = pass.Status.Host is { } before && places.Host(before, pass.Machine) is { } known && PlacementPlanner.Refuse(guest, known) is null
            ? new PlacementVerdict(before, new Dictionary<string, string>(StringComparer.Ordinal))
            : PlacementPlanner.Choose(guest, places.Hosts(pass.Machine));
        if (verdict.Host is { } host)
        {
            gate.Placed(pass.Key, host);
        }

        return verdict;
    }

    private async Task WriteAsync(GuestPass pass, PlacementVerdict verdict, CancellationToken cancellationToken)
    {
        if (pass.Status.Host is { } before && before != verdict.Host && await guestHosts.ReachableShellAsync(before, cancellationToken) is { } shell)
        {
            // Two hosts must not write one disk: what the first one still makes ends before another is written down.
            await disks.AbandonAsync(shell, pass.Machine, cancellationToken);
        }

        pass.Status = pass.Status with { Host = verdict.Host };
        if (verdict.Host is { } host)
        {
            pass.Conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} takes it");
            pass.Conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the guest is being created");
            await pass.WriteAsync("Creating", cancellationToken);
        }
        else
        {
            await pass.WarnAsync("Pending", VirtualMachineConditions.Placed, VirtualMachineReasons.NoHostFits, $"no host can take it: {verdict.Explain()}", cancellationToken);
        }
    }
}
