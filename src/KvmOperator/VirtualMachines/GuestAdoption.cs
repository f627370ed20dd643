using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Disks;

namespace KvmOperator.VirtualMachines;

/// <summary>Takes over a domain that a person made, if the spec describes it: a disk or an interface that the spec does not know would be taken from it later.</summary>
internal sealed class GuestAdoption(GuestHosts guestHosts, GuestStores guestStores, IDomains domains)
{
    /// <summary>Takes the domain on a host over, or says why not. All exceptions of <see cref="IDomains"/> apply.</summary>
    public async Task<TimeSpan> AdoptAsync(GuestPass pass, string host, CancellationToken cancellationToken)
    {
        var machine = pass.Machine;
        if (guestStores.Of(machine) is not { } ofDisks)
        {
            return await RefuseAsync(pass, guestStores.MissingMessage(machine), cancellationToken);
        }

        var shell = (await guestHosts.ShellAsync(host, cancellationToken))!;
        var identity = machine.Identity();
        var stored = await domains.ReadForeignXmlAsync(shell, identity.Uuid, live: false, cancellationToken);
        var differences = DomainComparison.Compare(stored, GuestDefinitions.For(machine, ofDisks, null), live: false)
            .Where(difference => difference is not (DomainDifference.Vcpus or DomainDifference.Memory or DomainDifference.UnprotectedDisk or DomainDifference.OtherBootOrder or DomainDifference.MissingCloudInit))
            .Select(difference => difference.What)
            .ToList();
        if (differences.Count > 0)
        {
            return await RefuseAsync(
                pass, $"the spec is not what the domain on {host} is: {string.Join(", ", differences)}. Describe its disks (source.existing) and networks (mac) as they are", cancellationToken);
        }

        await domains.AdoptAsync(shell, identity, cancellationToken);
        guestHosts.Changed(machine, host);
        pass.Publish(VirtualMachineReasons.Adopted, $"the domain {identity.Uuid} on {host} is this object's now; it was not restarted");
        return GuestIntervals.Work;
    }

    /// <summary>The looks at the hosts know no such domain. They are seconds old, so that is said only when the hosts say so at this moment.</summary>
    public async Task<TimeSpan> NothingAsync(GuestPass pass, CancellationToken cancellationToken)
    {
        var answers = await guestHosts.AskAsync(pass.Machine, cancellationToken);
        List<string> having = [.. answers.Foreign, .. answers.Active, .. answers.Defined];
        if (having.Count == 0)
        {
            return await RefuseAsync(
                pass, $"no host of the pool has a domain with the UUID of the annotation {Annotations.AdoptDomain}: correct it, or take it away to have a new guest made", cancellationToken);
        }

        foreach (var host in having)
        {
            guestHosts.LookSoon(host);
        }

        return GuestIntervals.Retry;
    }

    private static async Task<TimeSpan> RefuseAsync(GuestPass pass, string message, CancellationToken cancellationToken)
    {
        await pass.WarnAsync("Pending", VirtualMachineConditions.Defined, VirtualMachineReasons.AdoptionRefused, $"{message}. Nothing was changed.", cancellationToken);
        return GuestIntervals.Unclear;
    }
}
