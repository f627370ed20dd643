using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Informers;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Places;

namespace KvmOperator.VirtualMachines;

/// <summary>Makes a guest that is nowhere: a host is found, then its disks are made, then its domain is defined, and then it is started if it should run.</summary>
internal sealed class GuestCreation(
    GuestHosts guestHosts,
    GuestStores guestStores,
    GuestMemory memory,
    GuestPower power,
    PlacementGate gate,
    PoolCpuModels cpuModels,
    DiskCreation disks,
    IDomains domains,
    IGuestRendering rendering,
    HostObservations observations,
    IEntityStore<VirtualMachine> machines,
    IEntityStore<VmMigration> migrations,
    IEntityStore<KvmHost> hosts,
    IEntityStore<NfsStore> stores)
{
    /// <summary>Whether the guest was never made: asked of a host that sees its stores, since the store knows it also when other hosts are silent (docs/adr/0024).</summary>
    public async Task<bool> IsNewAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            return false;
        }

        var seeing = guestHosts.Of(machine).Where(PossibleHosts.CanBeAsked).FirstOrDefault(host => observations.Find(host.Name()) is { LibvirtAnswers: true }
            && ofDisks.Values.All(store => store.Status?.Mounts.Any(mount => mount.Host == host.Name() && mount.Ready) == true));
        return seeing is not null && await disks.AreAllMissingAsync((await guestHosts.ShellAsync(seeing.Name(), cancellationToken))!, machine, ofDisks, cancellationToken);
    }

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

        if (await gate.RunAsync(() => PlaceAsync(pass, cancellationToken), cancellationToken) is not { Host: { } host })
        {
            return GuestIntervals.Retry;
        }

        var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;

        // To write it down needs no file, and is begun while the disks are made: it may take as long.
        var writing = RenderAsync(shell, machine, host, ofDisks, cancellationToken);
        var making = disks.AdvanceAsync(shell, machine, ofDisks, runs: false, cancellationToken);
        await Task.WhenAll(writing, making);
        var made = await making;
        if (made is not DiskCreationResult.Ready ready)
        {
            return await GuestDiskReports.TellAsync(pass, made, cancellationToken);
        }

        pass.Conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, GuestDisks.ReadyMessage(machine.Spec, ready.Disks));
        pass.Status = pass.Status with { Disks = ready.Disks };

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
        if (answers is not { Active.Count: 0, Defined.Count: 0, Foreign.Count: 0 } || GuestDecisions.IsHindered(pass.Status, host, answers.Silent))
        {
            foreach (var place in answers.Active.Concat(answers.Defined).Concat(answers.Foreign))
            {
                guestHosts.LookSoon(place);
            }

            return GuestIntervals.Retry;
        }

        await domains.DefineAsync(shell, machine.Identity(), definition, cancellationToken);
        guestHosts.Changed(machine, host);
        pass.Defined(DomainOverlays.None);
        memory.Compared(pass.Key, pass.Subject(host));
        return machine.Spec.RunStrategy is RunStrategy.Always or RunStrategy.RerunOnFailure
            ? await power.StartAsync(pass, new GuestStep.Start(host, "first start", 0), isPlaced: true, cancellationToken)
            : await power.RestAsync(pass, host, VirtualMachineReasons.Stopped, cancellationToken);
    }

    /// <summary>The domain's XML, with a processor that every host of the pool has; null while it is being written.</summary>
    private async Task<string?> RenderAsync(IHostShell shell, VirtualMachine machine, string host, IReadOnlyDictionary<string, NfsStore> ofDisks, CancellationToken cancellationToken)
    {
        var pool = PoolMembers.Of(machine.Spec.Placement.Pool, hosts.List()).Where(other => observations.Find(other.Name()) is { LibvirtAnswers: true }).ToList();
        var cpuXml = await cpuModels.ForAsync(machine.Spec.Placement.Pool, pool, machine.Spec.Placement.HostRef is null ? null : host, cancellationToken);
        return await rendering.RenderAsync(shell, GuestDefinitions.For(machine, ofDisks, cpuXml), cancellationToken);
    }

    /// <summary>Chooses a host and writes it down, so that a killed operator's successor goes on there.</summary>
    private async Task<PlacementVerdict> PlaceAsync(GuestPass pass, CancellationToken cancellationToken)
    {
        var candidates = GuestPlaces.Hosts(hosts.List(), stores.List(), gate.Newest(machines.List()), pass.Machine, observations.Find, migrations.List());
        var guest = GuestPlaces.Guest(pass.Machine);
        var chosen = candidates.FirstOrDefault(candidate => candidate.Name == pass.Status.Host);
        var verdict = chosen is not null && PlacementPlanner.Refuse(guest, chosen) is null
            ? new PlacementVerdict(chosen.Name, new Dictionary<string, string>(StringComparer.Ordinal))
            : PlacementPlanner.Choose(guest, candidates);
        if (pass.Status.Host is { } before && before != verdict.Host && await guestHosts.ReachableShellAsync(before, cancellationToken) is { } shell)
        {
            // Two hosts must not write one disk: what the first one still makes ends before another is written down.
            await disks.AbandonAsync(shell, pass.Machine, cancellationToken);
        }

        gate.Placed(pass.Key, null);
        pass.Status = pass.Status with { Host = verdict.Host };
        if (verdict.Host is { } host)
        {
            pass.Conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} takes it");
            pass.Conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the guest is being created");
            await pass.WriteAsync("Creating", cancellationToken);
            gate.Placed(pass.Key, host);
        }
        else
        {
            await pass.WarnAsync("Pending", VirtualMachineConditions.Placed, VirtualMachineReasons.NoHostFits, $"no host can take it: {verdict.Explain()}", cancellationToken);
        }

        return verdict;
    }
}
