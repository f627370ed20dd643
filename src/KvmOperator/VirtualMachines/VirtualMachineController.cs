using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Settings;
using KvmOperator.Status;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Networks;

namespace KvmOperator.VirtualMachines;

/// <summary>Creates guests and keeps them as their objects say. What comes next is decided by <see cref="GuestLifecycle"/>; the steps are done by those named here.</summary>
internal sealed class VirtualMachineController(
    GuestHosts guestHosts,
    FailoverNews failovers,
    GuestMemory memory,
    MacAddressBook macAddresses,
    GuestCreation creation,
    GuestAdoption adoption,
    GuestPower power,
    GuestKeeping keeping,
    LiveSettings settings,
    IEntityStore<VmMigration> migrations,
    StatusWriter<VirtualMachine> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityController<VirtualMachine>
{
    /// <inheritdoc/>
    public async Task<ReconciliationResult<VirtualMachine>> ReconcileAsync(VirtualMachine entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return ReconciliationResult<VirtualMachine>.Success(entity);
        }

        var status = entity.Status ?? new VirtualMachineStatus();
        var conditions = new ConditionList(status.Conditions, VirtualMachineConditions.All, entity.Metadata.Generation, clock);
        var pass = new GuestPass(entity, status, conditions, writer, events, clock);
        if (!conditions.Accepts(VirtualMachineValidator.Validate(entity)))
        {
            await pass.WriteAsync("Invalid", cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity);
        }

        if (guestHosts.FailedHost(entity) is { } failed)
        {
            // Whoever works on the failure starts it elsewhere; two of them must not.
            memory.Forget(pass.Key);
            await TellFailureAsync(pass, failed, cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity, GuestIntervals.Unclear);
        }

        // What was begun for a failure that is over goes on like any other guest.
        pass.Status = pass.Status with { Failover = null };
        if (!guestHosts.AreCurrent(entity))
        {
            // After a start of the operator all guests wait for the first looks, and must not keep these from being made.
            return ReconciliationResult<VirtualMachine>.Success(entity, guestHosts.CountUntried(entity) is > 0 and var untried ? GuestIntervals.UntilFirstLooks(untried) : GuestIntervals.Work);
        }

        if (entity.Identity() is { Adopted: null } own)
        {
            pass.Status = pass.Status with { DomainName = own.DomainName, DomainUuid = own.Uuid.ToString() };
        }

        if (GuestMoves.Find(entity, migrations.OpenOf(entity)) is { } move)
        {
            GuestMoves.Tell(conditions, move, guestHosts.Locate(entity).Domain);
            await pass.WriteAsync("Migrating", cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity, GuestIntervals.Unclear);
        }

        if (GuestMoves.Unreadable(entity, migrations) is { } unreadable)
        {
            await pass.WarnAsync(
                status.Phase ?? "Pending",
                null,
                CommonReasons.DependencyNotReady,
                $"VmMigration {unreadable.Key.Name} may have it, and cannot be read by this version of the operator: nothing is done for the guest. Run the version that wrote it, or correct it.",
                cancellationToken);
            return ReconciliationResult<VirtualMachine>.Success(entity, GuestIntervals.Person);
        }

        try
        {
            return ReconciliationResult<VirtualMachine>.Success(entity, await StepAsync(pass, cancellationToken));
        }
        catch (CredentialsMissingException missing)
        {
            return await FailedAsync(pass, KvmHostReasons.CredentialsUnusable, missing.Message, cancellationToken);
        }
        catch (NoCommonCpuModelException exception)
        {
            return await FailedAsync(pass, CommonReasons.StepFailed, exception.Message, cancellationToken);
        }
        catch (HostException exception)
        {
            return await FailedAsync(pass, CommonReasons.StepFailed, $"{exception.HostName}: {exception.Message}", cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<VirtualMachine>> DeletedAsync(VirtualMachine entity, CancellationToken cancellationToken)
    {
        memory.Forget(EntityKey.Of(entity));
        guestHosts.Forget(EntityKey.Of(entity));
        return Task.FromResult(ReconciliationResult<VirtualMachine>.Success(entity));
    }

    private async Task TellFailureAsync(GuestPass pass, KvmHost failed, CancellationToken cancellationToken)
    {
        var name = failed.Name();
        var message = $"its host {name} failed: {(failovers.Of(pass.Key) ?? "it is being worked on").TrimEnd('.')}. See kubectl describe kvmhost {name}.";
        pass.Conditions.Unknown(VirtualMachineConditions.Running, VirtualMachineReasons.HostFailed, message);
        pass.Conditions.False(CommonConditions.Ready, VirtualMachineReasons.HostFailed, message);
        pass.Status = pass.Status with { IpAddress = null, IpAddresses = [], Console = null };
        await pass.WriteAsync(pass.Status.Failover is null ? "Unknown" : "Starting", cancellationToken);
    }

    private async Task<TimeSpan> StepAsync(GuestPass pass, CancellationToken cancellationToken)
    {
        var location = guestHosts.Locate(pass.Machine);
        if (location.Domain is { } found)
        {
            pass.Status = pass.Status with { DomainName = found.Name, DomainUuid = found.Uuid.ToString() };
        }

        var (request, wish, wait) = GuestRequests.Read(pass.Machine, pass.Now);
        var guest = GuestReading.Facts(pass.Machine.Spec, pass.Status, location) with
        {
            IsEvicted = GuestMoves.IsEvicted(pass.Machine, location, migrations.OpenOf(pass.Machine)),
            Restart = wish,
        };
        if (GuestLifecycle.MayBeItsHostsEnd(guest) && await power.EndedWithHostAsync(pass, location.Defined[0], cancellationToken) is { } untilItsHostIsBack)
        {
            return untilItsHostIsBack;
        }

        var next = GuestLifecycle.Next(guest, clock.GetUtcNow());
        pass.Requested(GuestRequests.After(pass.Machine, request, wish, next, pass.Now));
        var interval = await StepAsync(pass, next, location, cancellationToken);
        return wait < interval ? wait.Value : interval;
    }

    private async Task<TimeSpan> StepAsync(GuestPass pass, GuestStep next, GuestLocation location, CancellationToken cancellationToken)
    {
        var choice = macAddresses.Choose(pass.Machine, location.Domain);
        if (next is GuestStep.Create or GuestStep.Ask { MayBeNew: true } or GuestStep.Adopt or GuestStep.Start or GuestStep.Run or GuestStep.Rest)
        {
            var (reason, refusal) = AllowedNetworks.Refuse(pass.Machine, settings.NetworksOf(pass.Machine.Namespace())) is { } forbidden
                ? (VirtualMachineReasons.NetworkNotAllowed, forbidden)
                : (VirtualMachineReasons.MacAddressTaken, choice.Refusal);
            if (refusal is not null)
            {
                await pass.WarnAsync(location.Running.Count > 0 ? "Running" : pass.Status.Phase ?? "Pending", null, reason, refusal, cancellationToken);
                return GuestIntervals.Person;
            }
        }

        // What its domain should be is read from its status.
        pass.Status = pass.Status with { MacAddresses = choice.Refusal is null ? choice.Addresses : pass.Status.MacAddresses };
        pass.Machine.Status = pass.Status;
        return next switch
        {
            GuestStep.Ask { MayBeNew: true } when await creation.IsNewAsync(pass.Machine, cancellationToken) => await creation.AdvanceAsync(pass, cancellationToken),
            GuestStep.Ask step => await AskAsync(pass, step, cancellationToken),
            GuestStep.Conflict step => await ConflictAsync(pass, step, cancellationToken),
            GuestStep.Adopt step => await adoption.AdoptAsync(pass, step.Host, cancellationToken),
            GuestStep.NothingToAdopt when await creation.IsKeptAsync(pass.Machine, cancellationToken) => await creation.AdvanceAsync(pass, cancellationToken),
            GuestStep.NothingToAdopt => await adoption.NothingAsync(pass, cancellationToken),
            GuestStep.NotOurs step => await NotOursAsync(pass, step, cancellationToken),
            GuestStep.Create => await creation.AdvanceAsync(pass, cancellationToken),
            GuestStep.Start step => await power.StartAsync(pass, step, isPlaced: false, cancellationToken),
            GuestStep.BackOff step => await power.BackOffAsync(pass, step, cancellationToken),
            GuestStep.Run step => await keeping.KeepAsync(pass, step.Host, location, cancellationToken),
            GuestStep.StartUp step => StartUp(step),
            GuestStep.StandStill step => await keeping.StandStillAsync(pass, step, cancellationToken),
            GuestStep.ShutDown step => await power.ShutDownAsync(pass, step, cancellationToken),
            GuestStep.Restart step => await power.RestartAsync(pass, step, cancellationToken),
            GuestStep.Evict step => await power.EvictAsync(pass, step, cancellationToken),
            GuestStep.PowerOff step => await power.PowerOffAsync(pass, step, cancellationToken),
            GuestStep.Rest step => await power.RestAsync(pass, step.Host, step.EndedInOrder ? VirtualMachineReasons.EndedInOrder : VirtualMachineReasons.Stopped, cancellationToken),
            var other => throw new NotSupportedException(other.ToString()),
        };
    }

    private async Task<TimeSpan> AskAsync(GuestPass pass, GuestStep.Ask step, CancellationToken cancellationToken)
    {
        var host = step.Hosts[0];
        var remedy = guestHosts.Confirmation(host) is { } confirm ? $", or, if it is powered off for good, let it go and confirm that (kubectl delete kvmhost {host} --wait=false; {confirm})" : string.Empty;
        var message = $"{NameList.Of(step.Hosts)} cannot be asked, and the guest may run there: nothing is started elsewhere. Bring the host back (kubectl describe kvmhost {host} says what is wrong){remedy}.";
        pass.Conditions.Unknown(VirtualMachineConditions.Running, VirtualMachineReasons.HostUnknown, message);
        pass.Conditions.False(CommonConditions.Ready, VirtualMachineReasons.HostUnknown, message);
        await pass.WriteAsync(pass.Status.Host is null ? "Pending" : "Unknown", cancellationToken);
        return GuestIntervals.Unclear;
    }

    private async Task<TimeSpan> ConflictAsync(GuestPass pass, GuestStep.Conflict step, CancellationToken cancellationToken)
    {
        // The looks at the hosts are seconds old, and a move may have ended in between.
        var active = (await guestHosts.AskAsync(pass.Machine, cancellationToken)).Active;
        if (active.Count < 2)
        {
            foreach (var host in step.Hosts)
            {
                guestHosts.LookSoon(host);
            }

            return GuestIntervals.Work;
        }

        var message = $"it runs on {string.Join(" and ", active)}: nothing is touched. Find out which one is right (its console, its disk's lock), and end the other with virsh destroy.";
        await pass.WarnAsync("Unknown", null, VirtualMachineReasons.RunsTwice, message, cancellationToken);
        return GuestIntervals.Unclear;
    }

    private static async Task<TimeSpan> NotOursAsync(GuestPass pass, GuestStep.NotOurs step, CancellationToken cancellationToken)
    {
        var message = $"{step.Host} has a domain {pass.Machine.Identity().DomainName} that is not this object's, and it is not touched: rename or remove it, choose another name, or have it taken over (annotation {Annotations.AdoptDomain}, with its UUID).";
        await pass.WarnAsync("Pending", VirtualMachineConditions.Defined, VirtualMachineReasons.DomainNotOurs, message, cancellationToken);
        return GuestIntervals.Unclear;
    }

    private TimeSpan StartUp(GuestStep.StartUp step)
    {
        guestHosts.LookSoon(step.Host, GuestIntervals.Work);
        return GuestIntervals.Retry;
    }

    private static async Task<ReconciliationResult<VirtualMachine>> FailedAsync(GuestPass pass, string reason, string message, CancellationToken cancellationToken)
    {
        await pass.WarnAsync(pass.Status.Phase ?? "Pending", null, reason, message, cancellationToken);
        return ReconciliationResult<VirtualMachine>.Failure(pass.Machine, message);
    }
}
