using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using Microsoft.Extensions.Logging;

namespace KvmOperator.KvmHosts;

/// <summary>
/// Lets a host go: refused while guests run there, or while that cannot be known; otherwise only what the operator added is taken away. A host that cannot be asked goes
/// untouched when a person confirms that it is powered off. Until it is gone it is watched, and its peers let it in, so that its guests can leave.
/// </summary>
internal sealed class KvmHostFinalizer(
    MachineConnections connections,
    IHostPreparation preparation,
    HostObservations observations,
    HostMemory memory,
    IEntityStore<NfsStore> stores,
    IEntityStore<VmMigration> moves,
    IEntityStore<VmwareImport> imports,
    DomainIndex domains,
    StatusWriter<KvmHost> writer,
    IEventRecorder events,
    TimeProvider clock,
    ILogger<KvmHostFinalizer> logger) : IEntityFinalizer<KvmHost>
{
    private const string LibvirtScript = "command -v virsh || command -v libvirtd || command -v virtqemud || ls /usr/sbin/libvirtd /usr/sbin/virtqemud 2>/dev/null | grep -q .";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<KvmHost>> FinalizeAsync(KvmHost entity, CancellationToken cancellationToken)
    {
        var pass = new HostPass(entity, clock);
        if (pass.Status.LastHeartbeatTime is null)
        {
            // Nothing is changed on a host before a look at it succeeded.
            return await GoneAsync(pass);
        }

        try
        {
            var shell = await connections.ShellAsync(entity, cancellationToken);
            if (await ObstacleAsync(pass, shell, cancellationToken) is { } obstacle)
            {
                return await RefuseAsync(pass, "Draining", obstacle.Reason, obstacle.Message, cancellationToken);
            }

            logger.LogInformation("{Host} goes: no guest of ours runs there", pass.Name);
            await preparation.RemoveAsync(shell, cancellationToken);
            return await GoneAsync(pass);
        }
        catch (CredentialsMissingException missing)
        {
            return await SilentAsync(pass, missing, missing.Reason, missing.Message, cancellationToken);
        }
        catch (SameMachineException same)
        {
            logger.LogInformation("{Host} goes and leaves the machine to KvmHost {Other}", pass.Name, same.Other);
            return await GoneAsync(pass);
        }
        catch (ManagedElsewhereException elsewhere)
        {
            logger.LogInformation("{Host} goes and leaves the machine to installation {Other}", pass.Name, elsewhere.Installation);
            return await GoneAsync(pass);
        }
        catch (HostException exception)
        {
            pass.Failed(exception);
            var (reason, message) = HostFailures.Explain(exception, entity);
            if (!pass.Conditions.IsTrue(KvmHostConditions.Reachable))
            {
                observations.Lost(pass.Name);
            }

            return reason is CommonReasons.StepFailed or KvmHostReasons.PrivilegeRefused
                ? await RefuseAsync(pass, pass.Status.Phase ?? "Draining", reason, $"it cannot be let go yet: {message}", cancellationToken)
                : await SilentAsync(pass, exception, reason, message, cancellationToken);
        }
    }

    /// <summary>Looks at the host and keeps what was seen for everybody: guests cannot leave a host of which nothing is known.</summary>
    /// <returns>Why it has to stay; null when nothing keeps it.</returns>
    private async Task<(string Reason, string Message)?> ObstacleAsync(HostPass pass, IHostShell shell, CancellationToken cancellationToken)
    {
        var paths = HostPlans.Alone(pass.Host, stores.List(), stores.Undecodable).Stores.Select(store => store.MountPath);
        var seen = await observations.LookAsync(pass.Name, shell, [.. paths], cancellationToken);
        if (pass.Answered(seen, memory.CpuPercent(pass.Name, seen), hosts: 1))
        {
            HostEvents.Restarted(events, pass.Host);
        }

        if (!seen.LibvirtAnswers && (await shell.RunAsync(RemoteCommand.Script(LibvirtScript), cancellationToken)).Succeeded)
        {
            pass.Conditions.Unknown(KvmHostConditions.Drained, CommonReasons.StepFailed, "libvirt does not say which guests run there");
            return (CommonReasons.StepFailed, "it is being deleted, but libvirt there does not say whether guests run: start it (systemctl restart libvirtd, or virtqemud), or power the machine off.");
        }

        if (FailedHosts.IsRecovered(pass.Host))
        {
            return (KvmHostReasons.Returning, "it is being deleted, but its failure is not over (status.failover): it goes when it was cleaned and let in again.");
        }

        if (HostModes.Guests(seen) is { Count: > 0 } guests)
        {
            var message = $"it is being deleted, but guests run there: {string.Join(", ", guests)}. Move each away with a VmMigration, or delete it.";
            pass.Conditions.False(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning, message);
            return (KvmHostReasons.GuestsRunning, message);
        }

        if (HostModes.GuestsOff(seen.Domains) is { Count: > 0 } off)
        {
            // What is defined here could be started by anybody when nobody watches it any more, also while it runs elsewhere.
            var message = $"it is being deleted, but guests that are off are defined there: {string.Join(", ", off)}. Move each away with a VmMigration, which takes guests that are off, or delete it; one without a VirtualMachine is removed there (virsh undefine --keep-nvram --keep-tpm).";
            pass.Conditions.False(KvmHostConditions.Drained, KvmHostReasons.GuestsDefined, message);
            return (KvmHostReasons.GuestsDefined, message);
        }

        if (Moves(pass.Name) is { Count: > 0 } unfinished)
        {
            // The guest has left, but how its move ended is still to be asked here.
            var message = $"it is being deleted, but moves from or to it are not over: {string.Join(", ", unfinished)}. It goes when they are.";
            pass.Conditions.False(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning, message);
            return (KvmHostReasons.GuestsRunning, message);
        }

        if (imports.ConvertingOn(pass.Name) is { Count: > 0 } converting)
        {
            // Their jobs write to a store that would be unmounted under them.
            var message = $"it is being deleted, but imports are converted there: {string.Join(", ", converting.Select(ImportIndexes.NameOf).Order(StringComparer.Ordinal))}. It goes when they are over; deleting them ends them.";
            pass.Conditions.False(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning, message);
            return (KvmHostReasons.GuestsRunning, message);
        }

        return pass.Host.IsPaused() ? (CommonReasons.Paused, PausedDeletion.Message) : null;
    }

    /// <summary>What a person should know before the host is let go untouched.</summary>
    private string LastSeen(string host)
    {
        var last = domains.On(host);
        var (running, off) = (HostModes.Guests(last), HostModes.GuestsOff(last));
        return (running.Count, off.Count) switch
        {
            (0, 0) => string.Empty,
            (_, 0) => $" (seen there last: {NameList.Of(running)})",
            (0, _) => $" (seen there last, and off: {NameList.Of(off)})",
            _ => $" (seen there last: {NameList.Of(running)}; off: {NameList.Of(off)})",
        };
    }

    private List<string> Moves(string host) =>
    [
        .. moves.ListOpen()
            .Where(move => move.Status is { Phase: not null } status && (status.SourceHost == host || status.TargetHost == host))
            .Select(move => $"{move.Namespace()}/{move.Name()}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// A host that cannot be asked may run guests: only a person can know that it does not, and only of one at which nothing answers. The word counts for the failure that it names, which was written
    /// down before: one that was left over from another time is about nothing.
    /// </summary>
    private async Task<ReconciliationResult<KvmHost>> SilentAsync(HostPass pass, Exception failure, string reason, string message, CancellationToken cancellationToken)
    {
        if (HostSilence.IsSilent(failure) && HostSilence.IsConfirmedOff(pass.Host))
        {
            logger.LogWarning("{Host} goes untouched, since a person confirmed that it is powered off: {Message}", pass.Name, message);
            return await GoneAsync(pass);
        }

        observations.Lost(pass.Name);
        pass.Conditions.False(KvmHostConditions.Reachable, reason, message);
        return await RefuseAsync(
            pass,
            "Unreachable",
            reason,
            $"it is being deleted, but cannot be asked whether guests run there{LastSeen(pass.Name)}: {message} {Remedy(pass, failure)}",
            cancellationToken);
    }

    private static string Remedy(HostPass pass, Exception failure) =>
        HostSilence.IsSilent(failure) ? $"If it is powered off and stays so, let it go untouched: {HostSilence.Command(pass.Name, pass.Status)}"
        : HostSilence.IsAlive(failure) ? $"The machine is on, so that nobody can confirm the contrary ({Annotations.ConfirmPoweredOff}): mend that, or power it off first."
        : $"Whether the machine is on is not known, so that the word that it is off ({Annotations.ConfirmPoweredOff}) does not count: mend that first.";

    private async Task<ReconciliationResult<KvmHost>> RefuseAsync(HostPass pass, string phase, string reason, string message, CancellationToken cancellationToken)
    {
        pass.Conditions.False(CommonConditions.Ready, reason, message);
        await writer.WriteAsync(pass.In(phase), cancellationToken);
        if (pass.IsNews(CommonConditions.Ready))
        {
            events.Publish(pass.Host, reason, message, EventType.Warning);
        }

        return ReconciliationResult<KvmHost>.Success(pass.Host, LookAgain);
    }

    private async Task<ReconciliationResult<KvmHost>> GoneAsync(HostPass pass)
    {
        await connections.ForgetAsync(pass.Host);
        return ReconciliationResult<KvmHost>.Success(pass.Host);
    }
}
