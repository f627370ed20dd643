using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.VirtualMachines.Deletion;

/// <summary>Lets a guest go: shut down in order, its domain removed, and its disks too where the object says so. Waits for hosts that cannot be asked.</summary>
internal sealed class VirtualMachineFinalizer(
    GuestHosts guestHosts,
    IDomains domains,
    DiskCreation disks,
    IDiskImages images,
    IKeptGuests kept,
    DefinitionKeeping keeping,
    GuestStores guestStores,
    IEntityStore<NfsStore> stores,
    GuestFiles files,
    FileUsers users,
    IEntityStore<VmMigration> migrations,
    StatusWriter<VirtualMachine> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityFinalizer<VirtualMachine>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<VirtualMachine>> FinalizeAsync(VirtualMachine entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return PausedDeletion.Wait(entity, events);
        }

        var status = entity.Status ?? new VirtualMachineStatus();
        var isValid = VirtualMachineValidator.Validate(entity).Count == 0;
        if (GuestRemains.NothingWasDone(status, isValid))
        {
            return ReconciliationResult<VirtualMachine>.Success(entity);
        }

        if (!guestHosts.AreCurrent(entity))
        {
            return ReconciliationResult<VirtualMachine>.Success(entity, LookAgain);
        }

        if (GuestMoves.IsMoving(entity, migrations.OpenOf(entity)))
        {
            return await WaitAsync(entity, status, VirtualMachineReasons.Migrating, "it is being moved to another host. Wait for the end, or delete the VmMigration to give it up.", cancellationToken);
        }

        if (GuestMoves.Unreadable(entity, migrations) is { } unread)
        {
            return await WaitAsync(
                entity,
                status,
                VirtualMachineReasons.Migrating,
                $"VmMigration {unread.Key.Name} may have it, and cannot be read by this version of the operator. Run the version that wrote it, or correct it.",
                cancellationToken);
        }

        if (entity.Spec.DeletionPolicy == DeletionPolicy.Delete && LinkedGuests.ClonesOf(entity, files.MayBeLinkedTo(entity)) is { Count: > 0 } clones)
        {
            return await WaitAsync(
                entity,
                status,
                VirtualMachineReasons.LinkedClones,
                $"{string.Join(", ", clones)} keep only what differs from its disks, and would be destroyed with them. Delete those guests first, or keep the disks (spec.deletionPolicy: Retain).",
                cancellationToken);
        }

        if (entity.Spec.DeletionPolicy == DeletionPolicy.Delete && files.Unreadable(entity) is { Count: > 0 } unreadable)
        {
            return await WaitAsync(
                entity,
                status,
                VirtualMachineReasons.LinkedClones,
                $"{string.Join(", ", unreadable)} cannot be read by this version of the operator, and may keep only what differs from its disks. Run the version that wrote them, or keep the disks (spec.deletionPolicy: Retain).",
                cancellationToken);
        }

        var location = guestHosts.Locate(entity);

        // Where it runs, or is off at its own home, it is nowhere else. Disks that are deleted cannot be had again, so for them every host is asked.
        var isKnown = entity.Spec.DeletionPolicy == DeletionPolicy.Retain && (location.Running.Count == 1 || GuestLifecycle.IsAtHome(status.Host, GuestReading.Sighting(location)));
        if (location.Unknown.Count > 0 && !isKnown)
        {
            return await WaitAsync(entity, status, VirtualMachineReasons.HostUnknown, Silent(location.Unknown), cancellationToken);
        }

        try
        {
            if (location.Running is [var host, ..] && await ShuttingDownAsync(entity, status, host, cancellationToken))
            {
                guestHosts.LookSoon(host, LookAgain);
                return ReconciliationResult<VirtualMachine>.Success(entity, LookAgain);
            }

            // What a move left behind says nothing of the guest any more: only the first one is kept.
            var isKept = false;
            foreach (var place in location.Running.Concat(location.Defined))
            {
                var shell = (await guestHosts.ShellAsync(place, cancellationToken))!;
                await (entity.Spec.DeletionPolicy == DeletionPolicy.Delete
                    ? domains.EraseAsync(shell, entity.Identity(), cancellationToken)
                    : RetainAsync(entity, shell, isValid && !isKept, cancellationToken));
                isKept = true;
                guestHosts.Changed(entity, place);
            }

            // The looks are up to two minutes old: somebody may have started it in between.
            var answers = await guestHosts.AskAsync(entity, cancellationToken);
            if (answers.Active.Concat(answers.Defined).ToList() is { Count: > 0 } places)
            {
                foreach (var place in places)
                {
                    guestHosts.Changed(entity, place);
                }

                return ReconciliationResult<VirtualMachine>.Success(entity, LookAgain);
            }

            if (answers.Silent.Count > 0 && !isKnown)
            {
                return await WaitAsync(entity, status, VirtualMachineReasons.HostUnknown, Silent(answers.Silent), cancellationToken);
            }

            await AbandonJobsAsync(entity, status, cancellationToken);
            var isDeleted = entity.Spec.DeletionPolicy == DeletionPolicy.Delete && answers.Foreign.Count == 0;
            if (entity.Spec.DeletionPolicy == DeletionPolicy.Delete && answers.Foreign is [var foreign, ..])
            {
                events.Publish(entity, VirtualMachineReasons.DomainNotOurs, $"its disks stay: {foreign} has a domain of its name that is somebody else's and may use them", EventType.Warning);
            }

            await DeleteFilesAsync(entity, status, isValid, isDeleted, cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity);
        }
        catch (DomainNotOwnedException taken)
        {
            // Somebody took the domain over after the look: it is asked again, and left alone then.
            guestHosts.Changed(entity, taken.HostName);
            return ReconciliationResult<VirtualMachine>.Success(entity, LookAgain);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            return await WaitAsync(entity, status, CommonReasons.StepFailed, exception.Message, cancellationToken);
        }
    }

    private static string Silent(IReadOnlyList<string> hosts) =>
        $"{string.Join(", ", hosts)} cannot be asked, and the guest may be there. Bring the host back, or delete the KvmHost.";

    /// <summary>A disk that is still being made would appear after its guest is gone.</summary>
    private async Task AbandonJobsAsync(VirtualMachine machine, VirtualMachineStatus status, CancellationToken cancellationToken)
    {
        if (status.Host is { } home && await guestHosts.ReachableShellAsync(home, cancellationToken) is { } shell)
        {
            await disks.AbandonAsync(shell, machine, cancellationToken);
        }
    }

    /// <summary>Whether the guest still has time to shut down.</summary>
    private async Task<bool> ShuttingDownAsync(VirtualMachine machine, VirtualMachineStatus status, string host, CancellationToken cancellationToken)
    {
        var now = clock.GetStatusTime();
        var requested = status.ShutdownRequestedTime ?? now;
        if (now - requested >= TimeSpan.FromSeconds(Math.Clamp(machine.Spec.TerminationGracePeriodSeconds, 0, 3600)))
        {
            return false;
        }

        machine.Status = status with { ShutdownRequestedTime = requested, Phase = "Stopping" };
        await writer.WriteAsync(machine, cancellationToken);
        await domains.ShutdownAsync((await guestHosts.ShellAsync(host, cancellationToken))!, machine.Identity(), cancellationToken);
        return true;
    }

    /// <summary>Removes the domain, and keeps what its disks are worth little without. What can be kept only of a guest that is off, such as the state of its TPM, is kept once more now.</summary>
    private async Task RetainAsync(VirtualMachine machine, IHostShell host, bool keeps, CancellationToken cancellationToken)
    {
        try
        {
            await domains.DestroyAsync(host, machine.Identity(), cancellationToken);
            if (keeps && guestStores.Of(machine) is { } ofDisks)
            {
                await keeping.KeepAsync(machine, host, ofDisks, TpmUse.Off, cancellationToken);
            }
        }
        catch (DomainMissingException)
        {
            // Somebody was faster. What was kept before is there.
        }

        await domains.UndefineAsync(host, machine.Identity(), cancellationToken);
    }

    /// <summary>Only files that the operator made and nobody else names, on any host that sees their store. Otherwise only what an interrupted creation left.</summary>
    private async Task DeleteFilesAsync(VirtualMachine machine, VirtualMachineStatus status, bool isValid, bool isDeleted, CancellationToken cancellationToken)
    {
        var identity = machine.Identity();
        var made = GuestRemains.Files(machine.Spec, status, isValid, identity, stores.List());
        foreach (var store in GuestRemains.Stores(machine.Spec, status, isValid, identity, stores.List()))
        {
            List<string> paths = [.. made.Where(file => file.Store.Name() == store.Name()).Select(file => file.Path), GuestDisks.CloudInitPath(identity, store)];
            if (!isDeleted)
            {
                await DeletePartsAsync(machine, store, paths, cancellationToken);
                continue;
            }

            var shell = await ShellWithAsync(machine, store, cancellationToken);
            foreach (var path in paths)
            {
                if (users.UsersOf(machine, store, path) is { Count: > 0 } others)
                {
                    events.Publish(machine, VirtualMachineReasons.DiskKept, $"{path} stays: it is named by {string.Join(", ", others)}", EventType.Warning);
                    await images.DeletePartsAsync(shell, [path], cancellationToken);
                }
                else
                {
                    await images.DeleteAsync(shell, path, cancellationToken);
                }
            }

            await kept.DeleteAsync(shell, KeptFiles.Folder(GuestDisks.Folder(identity, store)), cancellationToken);
            await images.DeleteFolderAsync(shell, GuestDisks.Folder(identity, store), cancellationToken);
        }
    }

    /// <summary>The disks themselves stay, so a host or a store that does not answer keeps nobody.</summary>
    private async Task DeletePartsAsync(VirtualMachine machine, NfsStore store, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        try
        {
            if (FindWith(machine, store) is { } seeing && await guestHosts.ReachableShellAsync(seeing, cancellationToken) is { } shell)
            {
                await images.DeletePartsAsync(shell, paths, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            // Whoever makes a disk of that name begins by removing it.
        }
    }

    private string? FindWith(VirtualMachine machine, NfsStore store) =>
        guestHosts.Of(machine).FirstOrDefault(host => host.CanBeAsked && store.Status?.Mounts.Any(mount => mount.Host == host.Name && mount.Ready) == true)?.Name;

    private async Task<IHostShell> ShellWithAsync(VirtualMachine machine, NfsStore store, CancellationToken cancellationToken)
    {
        var host = FindWith(machine, store)
            ?? throw new MachineUnavailableException($"no host sees the store {store.Name()}, so the disks cannot be deleted yet");
        return (await guestHosts.ShellAsync(host, cancellationToken))!;
    }

    private async Task<ReconciliationResult<VirtualMachine>> WaitAsync(
        VirtualMachine machine, VirtualMachineStatus status, string reason, string message, CancellationToken cancellationToken)
    {
        var conditions = new ConditionList(status.Conditions, VirtualMachineConditions.All, machine.Metadata.Generation, clock);
        conditions.False(CommonConditions.Ready, reason, $"it cannot be deleted yet: {message}");
        machine.Status = status with { Conditions = conditions.ToList() };
        if (await writer.WriteAsync(machine, cancellationToken))
        {
            events.Publish(machine, reason, $"it cannot be deleted yet: {message}", EventType.Warning);
        }

        return ReconciliationResult<VirtualMachine>.Success(machine, LookAgain);
    }
}
