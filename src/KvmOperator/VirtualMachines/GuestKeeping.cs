using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Runtime.Events;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.VirtualMachines;

/// <summary>Keeps a running guest as its object says. All exceptions of <see cref="IDomains"/> apply.</summary>
internal sealed class GuestKeeping(
    GuestHosts guestHosts, GuestStores guestStores, GuestMemory memory, GuestPower power, DiskCreation disks, DomainChanges changes, DefinitionKeeping keeping, IDomains domains, HostObservations observations)
{
    /// <summary>Changes what differs, now or at its next start, and says where it runs and under which addresses.</summary>
    public async Task<TimeSpan> KeepAsync(GuestPass pass, string host, GuestLocation location, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        var domain = location.Domain!;
        var found = pass.Status.Host is null && pass.Status.StartTime is null;
        if (pass.Status.Host != host)
        {
            memory.Forget(pass.Key);
        }

        pass.Status = pass.Status with { Host = host };
        var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;
        DiskCreationResult? unfinished = null;
        var before = pass.Conditions.Find(VirtualMachineConditions.DisksReady);
        if (guestStores.Of(machine) is { } ofDisks)
        {
            if (!memory.IsCompared(pass.Key, pass.Subject(host)))
            {
                unfinished = await NewDisksAsync(shell, machine, domain, ofDisks, cancellationToken);
                var wanted = GuestDefinitions.For(machine, ofDisks, null);
                if (unfinished is null)
                {
                    await CompareAsync(pass, shell, wanted, cancellationToken);
                    await CloudInitReports.TellAsync(pass, disks, shell, ofDisks, isMade: false, cancellationToken);
                    memory.Compared(pass.Key, pass.Subject(host));
                }
                else if (GuestDisks.Without(wanted, unfinished.Made, domain.DiskPaths) is { } without)
                {
                    // What else differs is mended all the same.
                    await CompareAsync(pass, shell, without, cancellationToken);
                }
            }

            await keeping.KeepAsync(pass, shell, ofDisks, TpmUse.Running, cancellationToken);
            if (unfinished is null && !machine.Spec.Disks.Select(disk => disk.Name).SequenceEqual(pass.Status.Disks.Select(disk => disk.Name), StringComparer.Ordinal))
            {
                pass.Status = pass.Status with { Disks = await disks.ReadAsync(shell, machine, ofDisks, cancellationToken) };
            }

            if (GuestDisks.ToGrow(machine.Spec, pass.Status.Disks).Count > 0)
            {
                await GrowAsync(pass, shell, domain, ofDisks, cancellationToken);
            }
        }

        if (domain.AreAddressesKnown)
        {
            pass.Status = pass.Status with { IpAddress = domain.Addresses.Count > 0 ? domain.Addresses[0] : null, IpAddresses = domain.Addresses };
        }
        else if (!memory.HasAddresses(pass.Key, pass.Status.IpAddress is not null, pass.Status.StartTime))
        {
            var addresses = await domains.ReadAddressesAsync(shell, machine.Identity(), cancellationToken);
            pass.Status = pass.Status with { IpAddress = addresses.Count > 0 ? addresses[0] : null, IpAddresses = addresses };
            memory.ReadAddresses(pass.Key);
        }

        pass.Conditions.True(VirtualMachineConditions.Placed, CommonReasons.AsExpected, $"{host} has it");
        TimeSpan? soon = null;
        if (unfinished is null)
        {
            pass.Conditions.True(VirtualMachineConditions.DisksReady, CommonReasons.AsExpected, GuestDisks.ReadyMessage(machine.Spec, pass.Status.Disks));
        }
        else
        {
            soon = GuestDiskReports.Say(pass, unfinished);
        }

        pass.Defined();
        pass.Status = pass.Status with { StartTime = pass.Status.StartTime ?? pass.Now, EndedInOrderTime = null, ShutdownRequestedTime = null };
        await power.RunsAsync(pass, host, cancellationToken);
        if (unfinished is DiskCreationResult.Failed failed && failed.Message != before?.Message)
        {
            pass.Publish(CommonReasons.StepFailed, failed.Message, EventType.Warning);
        }

        if (found)
        {
            pass.Publish(VirtualMachineReasons.Found, $"found running on {host}; it was not restarted");
        }

        await RemoveLeftAsync(machine, shell, location.Defined, cancellationToken);

        // Looks that bring the addresses wake it when they change.
        return soon ?? (domain.AreAddressesKnown ? null : memory.UntilAddressExpected(pass.Status.IpAddress is not null, pass.Status.StartTime)) ?? GuestIntervals.Watch;
    }

    /// <summary>Says that it exists and stands still. One whose disks could not be written goes on by itself when its stores answer and have room.</summary>
    public async Task<TimeSpan> StandStillAsync(GuestPass pass, GuestStep.StandStill step, CancellationToken cancellationToken)
    {
        if (step.IsByStorage && (pass.Status.Host is null || pass.Status.Host == step.Host) && guestStores.Of(pass.Machine) is { } ofDisks)
        {
            return await ResumeAsync(pass, step, GuestStores.WithoutRoom(step.Host, ofDisks.Values, observations.Find(step.Host)), cancellationToken);
        }

        pass.Status = pass.Status with { Host = step.Host };
        var reference = pass.Machine.Identity().Reference;
        var remedy = step.IsCrashed ? $"When it was looked at: virsh destroy {reference} there; spec.runStrategy: Always starts it again then" : $"When that is mended: virsh resume {reference} there";
        var message = $"it stands still on {step.Host}: {step.Why}. {remedy}.";
        await pass.WarnAsync("Paused", VirtualMachineConditions.Running, VirtualMachineReasons.Paused, message, cancellationToken);
        return GuestIntervals.Watch;
    }

    /// <summary>Lets a guest go on whose disks could not be written, unless it would stand still again.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="step">Where it stands still.</param>
    /// <param name="obstacle">Why it would; null when it would not.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<TimeSpan> ResumeAsync(GuestPass pass, GuestStep.StandStill step, string? obstacle, CancellationToken cancellationToken)
    {
        if (obstacle is null && memory.MayResume(pass.Key))
        {
            memory.Resumed(pass.Key);
            await domains.ResumeAsync((await guestHosts.ShellAsync(step.Host, cancellationToken))!, pass.Machine.Identity(), cancellationToken);
            guestHosts.Changed(pass.Machine, step.Host);
            pass.Publish(VirtualMachineReasons.Resumed, $"it goes on on {step.Host}: its disks could not be written, and its stores answer and have room again");
            return GuestIntervals.Work;
        }

        pass.Status = pass.Status with { Host = step.Host };
        var message = $"it stands still on {step.Host}: {step.Why}. {obstacle?.TrimEnd('.') ?? "Its stores answer and have room, and it stood still again: see the host's and the server's logs"}; it goes on by itself.";
        await pass.WarnAsync("Paused", VirtualMachineConditions.Running, VirtualMachineReasons.Paused, message, cancellationToken);
        return GuestIntervals.Unclear;
    }

    /// <summary>What is recorded may be old, so the files are read before anything is grown.</summary>
    private async Task GrowAsync(GuestPass pass, IHostShell shell, DomainObservation domain, IReadOnlyDictionary<string, NfsStore> ofDisks, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        var known = (await disks.ReadAsync(shell, machine, ofDisks, cancellationToken)).ToList();
        foreach (var disk in GuestDisks.ToGrow(machine.Spec, known))
        {
            // One that waits for the next start is grown then.
            var index = known.FindIndex(one => one.Name == disk.Name);
            if (known[index].Path is { } path && domain.DiskPaths.Contains(path, StringComparer.Ordinal))
            {
                var bytes = GuestDisks.WantedBytes(disk);
                await domains.GrowDiskAsync(shell, machine.Identity(), path, bytes, cancellationToken);
                known[index] = known[index] with { VirtualBytes = bytes };
                pass.Publish(VirtualMachineReasons.Changed, $"disk {disk.Name} was grown while it runs");
            }
        }

        pass.Status = pass.Status with { Disks = known };
    }

    /// <summary>A definition that a move left behind is a guest that somebody may start a second time. It is the last one while the guest runs somewhere without one of its own.</summary>
    private async Task RemoveLeftAsync(VirtualMachine machine, IHostShell running, IReadOnlyList<string> left, CancellationToken cancellationToken)
    {
        if (left.Count == 0 || !await domains.IsPersistentAsync(running, machine.Identity(), cancellationToken))
        {
            return;
        }

        foreach (var place in left)
        {
            try
            {
                if (await guestHosts.ReachableShellAsync(place, cancellationToken) is { } shell)
                {
                    await domains.UndefineStoppedAsync(shell, machine.Identity(), cancellationToken);
                }
            }
            catch (Exception exception) when (exception is HostException or MachineUnavailableException)
            {
                // The guest itself is well; the definition is removed when its host answers again.
            }

            guestHosts.LookSoon(place);
        }
    }

    /// <summary>Disks that the spec has and the domain has not are made first.</summary>
    private async Task<DiskCreationResult?> NewDisksAsync(
        IHostShell shell, VirtualMachine machine, DomainObservation domain, IReadOnlyDictionary<string, NfsStore> ofDisks, CancellationToken cancellationToken)
    {
        var identity = machine.Identity();
        if ((machine.Spec.CloudInit is null || domain.DiskPaths.Contains(GuestDisks.CloudInitPath(identity, ofDisks[machine.Spec.Disks[0].StoreRef.Name]), StringComparer.Ordinal))
            && machine.Spec.Disks.All(disk => domain.DiskPaths.Contains(GuestDisks.Path(identity, disk, ofDisks[disk.StoreRef.Name]), StringComparer.Ordinal)))
        {
            return null;
        }

        var made = await disks.AdvanceAsync(shell, machine, ofDisks, runs: true, cancellationToken);
        if (made is not DiskCreationResult.Ready ready)
        {
            return made;
        }

        await disks.ForgetAsync(shell, ready, cancellationToken);
        return null;
    }

    private async Task CompareAsync(GuestPass pass, IHostShell shell, GuestDefinition wanted, CancellationToken cancellationToken)
    {
        var (changed, waiting, message) = await changes.ApplyAsync(shell, wanted, runs: true, cancellationToken);
        pass.Defined(message);
        if (waiting.Count > 0)
        {
            pass.Conditions.True(
                VirtualMachineConditions.RestartRequired,
                VirtualMachineReasons.Changed,
                $"at its next start: {string.Join(", ", waiting)}. Have it restarted (annotation {Annotations.Request}: restart@TIME), or shut it down.");
        }
        else
        {
            pass.Conditions.False(VirtualMachineConditions.RestartRequired, CommonReasons.AsExpected, "no change waits for a restart");
        }

        if (changed.Except(waiting, StringComparer.Ordinal).ToList() is { Count: > 0 } done)
        {
            pass.Publish(VirtualMachineReasons.Changed, $"changed while it runs: {string.Join(", ", done)}");
        }
    }
}
