using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.VirtualMachines;

/// <summary>Starts guests and ends them. All exceptions of <see cref="IDomains"/> apply.</summary>
internal sealed class GuestPower(
    GuestHosts guestHosts,
    GuestStores guestStores,
    GuestMemory memory,
    DiskCreation disks,
    DomainChanges changes,
    DefinitionKeeping keeping,
    IDomains domains,
    PlacementGate gate,
    GuestPlaces places,
    GuestFiles files,
    HostObservations observations,
    IEntityStore<KvmHost> hosts,
    TimeProvider clock)
{
    /// <summary>Starts it where it lives, if it may run there and no host has it running at this moment.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="step">Where, and why.</param>
    /// <param name="isPlaced">Whether its host was chosen in this pass and every host was asked for it since, right before it was defined: neither is done a second time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<TimeSpan> StartAsync(GuestPass pass, GuestStep.Start step, bool isPlaced, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        var subject = pass.Subject(step.Host);
        if (memory.NextStart(pass.Key, subject) is { } next)
        {
            return Until(next);
        }

        if (hosts.Get(new EntityKey(null, step.Host)) is not { } home || guestStores.Of(machine) is not { } ofDisks)
        {
            return await WaitAsync(pass, CommonReasons.DependencyNotReady, "its host or a store of its disks is no longer known", cancellationToken);
        }

        if (HomeReadiness.Lack(home, observations.Find(step.Host)) is { } lack)
        {
            return await WaitAsync(pass, CommonReasons.DependencyNotReady, $"{step.Host} cannot run it now: {lack} (kubectl describe kvmhost {step.Host})", cancellationToken);
        }

        // Before anything is written down: what is written is where it is going to be.
        var isAtHome = GuestLifecycle.IsAtHome(pass.Status.Host, GuestReading.Sighting(guestHosts.Locate(machine)));
        var shell = (await guestHosts.ShellAsync(step.Host, cancellationToken))!;

        // A guest that has run before may have left its disks otherwise than they were.
        var isCompared = pass.Status.StartTime is null && memory.IsCompared(pass.Key, subject);
        var wanted = GuestDefinitions.For(machine, ofDisks, null);
        var isWhole = true;
        if (!isCompared)
        {
            var made = await disks.AdvanceAsync(shell, machine, ofDisks, runs: false, cancellationToken);
            if (made is DiskCreationResult.Ready ready)
            {
                pass.Conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, GuestDisks.ReadyMessage(machine.Spec, ready.Disks));
                pass.Status = pass.Status with { Disks = ready.Disks };
                await disks.ForgetAsync(shell, ready, cancellationToken);
                await CloudInitReports.TellAsync(pass, disks, shell, ofDisks, ready.HasMadeCloudInit, cancellationToken);
            }
            else if (GuestDisks.Without(wanted, made.Made, observations.Find(step.Host)?.Find(machine.Identity())?.DiskPaths ?? []) is { } without)
            {
                // A disk that it never had does not keep it off.
                GuestDiskReports.Say(pass, made);
                (wanted, isWhole) = (without, false);
            }
            else
            {
                pass.Conditions.False(VirtualMachineConditions.Running, CommonReasons.DependencyNotReady, "its disks are not all there");
                return await GuestDiskReports.TellAsync(pass, made, cancellationToken);
            }
        }

        if (disks.Refuse(machine) is { } claimed)
        {
            return await WaitAsync(pass, CommonReasons.DependencyNotReady, claimed, cancellationToken);
        }

        if (LinkedGuests.ClonesOf(machine, files.MayBeLinkedTo(machine, pass.Status.Disks), pass.Status.Disks) is { Count: > 0 } clones)
        {
            return await WaitAsync(
                pass,
                VirtualMachineReasons.LinkedClones,
                $"it is not started: {string.Join(", ", clones)} keep only what differs from its disks, and would be destroyed if it wrote to them. Delete those guests, or leave this one off (spec.runStrategy: Halted).",
                cancellationToken);
        }

        if (files.Unreadable(machine) is { Count: > 0 } unreadable)
        {
            return await WaitAsync(
                pass,
                VirtualMachineReasons.LinkedClones,
                $"it is not started: {string.Join(", ", unreadable)} cannot be read by this version of the operator, and may keep only what differs from its disks. Run the version that wrote them, or correct them.",
                cancellationToken);
        }

        if (await ReserveAsync(pass, step, isPlaced ? null : home, cancellationToken) is { } refusal)
        {
            return await WaitAsync(pass, VirtualMachineReasons.NoHostFits, refusal, cancellationToken);
        }

        if (!isPlaced && await RunsElsewhereAsync(pass, step.Host, isAtHome, cancellationToken) is { } wait)
        {
            return wait;
        }

        if (!isCompared)
        {
            pass.Defined((await changes.ApplyAsync(shell, wanted, runs: false, cancellationToken)).Message);
            if (isWhole)
            {
                memory.Compared(pass.Key, subject);
            }
        }

        await keeping.KeepAsync(pass, shell, ofDisks, TpmUse.Starting, cancellationToken);
        pass.Defined();

        // Noted before and after: no clone is linked to its disks by a look from before the start.
        guestHosts.Changed(machine, step.Host);
        try
        {
            await domains.StartAsync(shell, machine.Identity(), cancellationToken);
        }
        catch (HostRefusedException refused)
        {
            return await RefusedAsync(pass, step.Host, refused.Summary, memory.RefusedStart(pass.Key, subject), cancellationToken);
        }

        guestHosts.Changed(machine, step.Host);
        memory.Started(pass.Key);
        pass.Status = pass.Status with { StartTime = pass.Now, EndedInOrderTime = null, ShutdownRequestedTime = null, IpAddress = null, IpAddresses = [] };
        pass.Conditions.False(VirtualMachineConditions.RestartRequired, CommonReasons.AsExpected, "no change waits for a restart");
        await RunsAsync(pass, step.Host, cancellationToken);
        pass.Publish(VirtualMachineReasons.Started, $"started on {step.Host}: {step.Why}");
        return GuestIntervals.Watch;
    }

    /// <summary>Asks every host whether it runs there at this moment: the looks are seconds old.</summary>
    /// <returns>When to decide anew; null when it runs nowhere.</returns>
    private async Task<TimeSpan?> RunsElsewhereAsync(GuestPass pass, string home, bool isAtHome, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        var answers = await guestHosts.AskAsync(machine, cancellationToken);
        if (answers.Foreign is [var foreign, ..])
        {
            return await WaitAsync(
                pass, VirtualMachineReasons.DomainNotOurs, $"{foreign} has a domain {machine.Identity().Reference} that is not this object's, and may use its disks: rename or remove it", cancellationToken);
        }

        if (answers.Active.Count == 0 && (isAtHome ? !answers.Silent.Contains(home, StringComparer.Ordinal) : !GuestLifecycle.IsHindered(GuestReading.Record(pass.Status), home, answers.Silent)))
        {
            return null;
        }

        // Somebody else started it, or a host stopped answering: the next look decides anew.
        foreach (var host in answers.Active)
        {
            guestHosts.LookSoon(host);
        }

        return GuestIntervals.Retry;
    }

    /// <summary>Writes down that it is going to run, unless its home cannot have it now. Then a successor knows why it starts, and other guests know what is taken.</summary>
    /// <returns>Why its home cannot have it; null when it can.</returns>
    private async Task<string?> ReserveAsync(GuestPass pass, GuestStep.Start step, KvmHost? home, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        if (home is not null && gate.Choose(() => Refuse(pass, home)) is { } refusal)
        {
            return $"{step.Host}, where it lives, cannot run it now: {refusal}. Make room there, or move it to another host while it is off (a VmMigration).";
        }

        pass.Status = pass.Status with { Host = step.Host, LastStartReason = step.Why, RestartCount = step.RestartCount };
        pass.Conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{step.Host} has it");
        pass.Defined();
        pass.Conditions.False(VirtualMachineConditions.Running, CommonReasons.InProgress, $"it is being started on {step.Host}");
        pass.Conditions.False(CommonConditions.Ready, CommonReasons.InProgress, $"it is being started on {step.Host}");
        try
        {
            await pass.WriteAsync("Starting", cancellationToken);
        }
        finally
        {
            gate.Written(pass.Key);
        }

        return null;
    }

    /// <summary>Why its home cannot have the guest; null when it can: then its place is taken from now on.</summary>
    private string? Refuse(GuestPass pass, KvmHost home)
    {
        var refusal = PlacementPlanner.Refuse(GuestPlaces.Guest(pass.Machine), places.Home(home, pass.Machine));
        if (refusal is null)
        {
            gate.Placed(pass.Key, home.Name());
        }

        return refusal;
    }

    /// <summary>Says that it runs.</summary>
    public async Task RunsAsync(GuestPass pass, string host, CancellationToken cancellationToken)
    {
        pass.Conditions.True(VirtualMachineConditions.Running, CommonReasons.AsExpected, $"it runs on {host}");
        pass.Conditions.True(CommonConditions.Ready, CommonReasons.AsExpected, $"it runs on {host}");
        pass.Status = pass.Status with { Host = host, Console = Console(pass.Machine, host) };
        await pass.WriteAsync("Running", cancellationToken);
    }

    private async Task<TimeSpan> RefusedAsync(GuestPass pass, string host, string said, DateTimeOffset next, CancellationToken cancellationToken)
    {
        await pass.WarnAsync(
            "Starting",
            VirtualMachineConditions.Running,
            CommonReasons.StepFailed,
            $"{host} does not start it: {said.TrimEnd('.')}. Mend that; it is tried again at {next:HH:mm:ss} UTC, or as soon as its spec is changed.",
            cancellationToken);
        return Until(next);
    }

    private TimeSpan Until(DateTimeOffset time) => TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(1).Ticks, (time - clock.GetUtcNow()).Ticks));

    /// <summary>Asks the host of a guest that ended in order whether it is being shut down itself, and says so.</summary>
    /// <returns>When to look again; null when the host stays.</returns>
    public async Task<TimeSpan?> EndedWithHostAsync(GuestPass pass, string host, CancellationToken cancellationToken)
    {
        if (!await HostShutdown.IsUnderWayAsync((await guestHosts.ShellAsync(host, cancellationToken))!, cancellationToken))
        {
            return null;
        }

        var message = $"it ended with {host}, which is being shut down. It is started again when {host} is back; to have it run elsewhere, move it with a VmMigration before a host is shut down.";
        pass.Conditions.False(VirtualMachineConditions.Running, VirtualMachineReasons.HostShuttingDown, message);
        pass.Conditions.False(CommonConditions.Ready, VirtualMachineReasons.HostShuttingDown, message);
        pass.Status = pass.Status with { Host = host, IpAddress = null, IpAddresses = [], Console = null };
        await pass.WriteAsync("Stopped", cancellationToken);
        return GuestIntervals.Unclear;
    }

    /// <summary>Waits before the next start of a guest that ends by itself again and again.</summary>
    public async Task<TimeSpan> BackOffAsync(GuestPass pass, GuestStep.BackOff step, CancellationToken cancellationToken)
    {
        await pass.WarnAsync(
            "Crashed",
            VirtualMachineConditions.Running,
            VirtualMachineReasons.CrashLoopBackOff,
            $"it ended by itself {pass.Status.RestartCount} times in a row; started again at {step.Until:HH:mm:ss} UTC. Its console says why.",
            cancellationToken);
        return Until(step.Until);
    }

    /// <summary>Asks it to shut down, as its spec says.</summary>
    public async Task<TimeSpan> ShutDownAsync(GuestPass pass, GuestStep.ShutDown step, CancellationToken cancellationToken)
    {
        await AskToEndAsync(pass, step.Host, VirtualMachineReasons.Stopped, "it is being shut down, as spec.runStrategy says", cancellationToken);
        return TimeSpan.FromTicks(Math.Clamp((step.Until - clock.GetUtcNow()).Ticks, TimeSpan.FromSeconds(1).Ticks, GuestIntervals.Retry.Ticks));
    }

    /// <summary>Asks a guest to shut down that is to be restarted.</summary>
    public async Task<TimeSpan> RestartAsync(GuestPass pass, GuestStep.Restart step, CancellationToken cancellationToken)
    {
        var isNew = pass.Status.LastRequest is not { Phase: GuestRequestPhase.InProgress };
        if (isNew)
        {
            // The time counts from this request, whoever asked it to shut down before.
            pass.Status = pass.Status with { LastRequest = GuestRequests.Begun(pass.Machine, pass.Now), ShutdownRequestedTime = null };
        }

        const string Message = "it is being shut down, since a restart was asked for, and is started again then";
        await AskToEndAsync(pass, step.Host, VirtualMachineReasons.Restarting, Message, cancellationToken);
        if (isNew)
        {
            pass.Publish(VirtualMachineReasons.Restarting, Message);
        }

        return TimeSpan.FromTicks(Math.Clamp((step.Until - clock.GetUtcNow()).Ticks, TimeSpan.FromSeconds(1).Ticks, GuestIntervals.Retry.Ticks));
    }

    /// <summary>Asks a guest to shut down that is to leave its host. One that does not goes on running, and is asked again: whoever drains a host has not said that it may lose what it has in memory.</summary>
    public async Task<TimeSpan> EvictAsync(GuestPass pass, GuestStep.Evict step, CancellationToken cancellationToken)
    {
        var message = $"it is being shut down, as spec.availability.onEviction says, since {step.Host} is drained; it is started elsewhere";
        if (await AskToEndAsync(pass, step.Host, VirtualMachineReasons.Evicted, message, cancellationToken))
        {
            pass.Publish(VirtualMachineReasons.Evicted, message);
        }

        return GuestIntervals.Retry;
    }

    /// <summary>Asks it to shut down, again from time to time.</summary>
    /// <returns>Whether it was asked for the first time.</returns>
    private async Task<bool> AskToEndAsync(GuestPass pass, string host, string reason, string message, CancellationToken cancellationToken)
    {
        // Written first: the time counts from the first request, whoever goes on.
        pass.Conditions.False(CommonConditions.Ready, reason, message);
        var isFirst = pass.Status.ShutdownRequestedTime is null;
        pass.Status = pass.Status with { Host = host, ShutdownRequestedTime = pass.Status.ShutdownRequestedTime ?? pass.Now };
        await pass.WriteAsync("Stopping", cancellationToken);
        if (memory.IsShutdownDue(pass.Key, isFirst))
        {
            await domains.ShutdownAsync((await guestHosts.ShellAsync(host, cancellationToken))!, pass.Machine.Identity(), cancellationToken);
            memory.ShutDown(pass.Key);
        }

        guestHosts.LookSoon(host, TimeSpan.FromSeconds(2));
        return isFirst;
    }

    /// <summary>Ends a guest that did not shut down in time.</summary>
    public async Task<TimeSpan> PowerOffAsync(GuestPass pass, GuestStep.PowerOff step, CancellationToken cancellationToken)
    {
        await domains.DestroyAsync((await guestHosts.ShellAsync(step.Host, cancellationToken))!, pass.Machine.Identity(), cancellationToken);
        guestHosts.Changed(pass.Machine, step.Host);
        pass.Publish(VirtualMachineReasons.ShutdownTimedOut, $"powered off: it did not shut down within {pass.Machine.Spec.TerminationGracePeriodSeconds} s", EventType.Warning);
        var interval = await RestAsync(pass, step.Host, VirtualMachineReasons.Stopped, cancellationToken);
        return pass.Status.LastRequest is { Phase: GuestRequestPhase.InProgress } ? GuestIntervals.Work : interval;
    }

    /// <summary>Keeps a guest that is off as its spec says, for its next start.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="host">Where it is.</param>
    /// <param name="reason">How it came to be off. It is kept: libvirt forgets it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<TimeSpan> RestAsync(GuestPass pass, string host, string reason, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        pass.Status = pass.Status with { Host = host };
        var wasRunning = machine.Status.IsTrue(VirtualMachineConditions.Running);
        if (guestStores.Of(machine) is { } ofDisks)
        {
            var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;

            // What could not be changed while it ran can be now.
            if (wasRunning || !memory.IsCompared(pass.Key, pass.Subject(host)))
            {
                var made = await disks.AdvanceAsync(shell, machine, ofDisks, runs: false, cancellationToken);
                if (made is not DiskCreationResult.Ready ready)
                {
                    return await GuestDiskReports.TellAsync(pass, made, cancellationToken);
                }

                pass.Status = pass.Status with { Disks = ready.Disks };
                await disks.ForgetAsync(shell, ready, cancellationToken);
                await CloudInitReports.TellAsync(pass, disks, shell, ofDisks, ready.HasMadeCloudInit, cancellationToken);
                pass.Defined((await changes.ApplyAsync(shell, GuestDefinitions.For(machine, ofDisks, null), runs: false, cancellationToken)).Message);
                memory.Compared(pass.Key, pass.Subject(host));
            }

            await keeping.KeepAsync(pass, shell, ofDisks, TpmUse.Off, cancellationToken);
        }

        pass.Conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} has it");
        pass.Conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, GuestDisks.ReadyMessage(machine.Spec, pass.Status.Disks));
        pass.Defined();
        pass.Conditions.False(VirtualMachineConditions.RestartRequired, CommonReasons.AsExpected, "no change waits for a restart");
        var message = $"it is off, as spec.runStrategy: {machine.Spec.RunStrategy} has it";
        pass.Conditions.False(VirtualMachineConditions.Running, reason, message);
        pass.Conditions.True(CommonConditions.Ready, reason, message);
        pass.Status = pass.Status with
        {
            RestartCount = 0,
            EndedInOrderTime = reason == VirtualMachineReasons.EndedInOrder ? pass.Status.EndedInOrderTime ?? pass.Now : null,
            ShutdownRequestedTime = null,
            IpAddress = null,
            IpAddresses = [],
            Console = null,
        };
        await pass.WriteAsync("Stopped", cancellationToken);
        if (wasRunning)
        {
            pass.Publish(VirtualMachineReasons.Stopped, $"shut down on {host}");
        }

        return GuestIntervals.Watch;
    }

    /// <summary>Says why it is not started yet.</summary>
    private static async Task<TimeSpan> WaitAsync(GuestPass pass, string reason, string message, CancellationToken cancellationToken)
    {
        pass.Conditions.False(VirtualMachineConditions.Running, reason, message);
        pass.Conditions.False(CommonConditions.Ready, reason, message);
        await pass.WriteAsync("Stopped", cancellationToken);
        return GuestIntervals.Retry;
    }

    private string? Console(VirtualMachine machine, string host) =>
        hosts.Get(new EntityKey(null, host)) is { } home ? ConsoleCommand.For(machine, home) : null;
}
