using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Planning.Failover.Recovery;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Informers;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.Failover;

/// <summary>Reads the guests of a failed host, as objects and looks tell of them, for whoever decides which of them are started elsewhere. Asks no host.</summary>
internal sealed class FailoverGuests(
    IEntityStore<VirtualMachine> guests, IEntityStore<KvmHost> hosts, DomainIndex index, HostObservations observations, GuestHosts guestHosts, GuestStores guestStores, GuestPlaces places, GuestFiles files, FileUsers users)
{
    /// <summary>A guest that was neither running nor about to run waits for its host, as its owner left it; so does one about which a person has to decide.</summary>
    private static readonly RecordedRun[] Ran = [RecordedRun.Running, RecordedRun.Unknown, RecordedRun.Starting];

    /// <summary>The guests whose status names a host, and those that its failure started elsewhere.</summary>
    public IReadOnlyList<VirtualMachine> Of(string host, string failure) =>
        [.. guests.ListBy(GuestIndexes.ByHost, host).Concat(guests.ListBy(GuestIndexes.ByFailure, GuestIndexes.Failure(host, failure))).DistinctBy(Name, StringComparer.Ordinal).OrderBy(Name, StringComparer.Ordinal)];

    /// <summary>A guest's name for people and for effects.</summary>
    public static string Name(VirtualMachine guest) => $"{guest.Namespace()}/{guest.Name()}";

    /// <summary>Everything that decides about a guest.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="failed">The host that failed.</param>
    /// <param name="revival">What it is made from again; null while that is not known.</param>
    /// <param name="isAnswering">Whether a host answers commands at this moment.</param>
    /// <param name="isShutOut">Whether a host provably runs nothing that counts.</param>
    public FailoverGuest Read(VirtualMachine guest, KvmHost failed, Revival? revival, Func<string, bool> isAnswering, Func<KvmHost, bool> isShutOut)
    {
        var stores = guestStores.Of(guest);
        var place = revival is Revival.Again ? PlacementPlanner.Choose(GuestPlaces.Guest(guest), places.Hosts(guest).Where(host => host.Name != failed.Name())) : null;
        return new FailoverGuest(Name(guest), guest.Status?.Host ?? failed.Name(), [.. stores?.Values.Select(PoolServer.NameOf).Distinct(StringComparer.Ordinal) ?? []])
        {
            Recovery = FailoverRecords.Of(guest),
            Priority = guest.Spec.Availability.Priority,
            Refusal = Refuse(guest, failed.Name(), record => Unusable(guest, stores, record, revival)),
            RequiresPowerOff = guest.Spec.Availability.RequirePowerOff,
            Place = place?.Host,
            NoPlace = revival is null ? "what is kept of it is being read" : place is { Host: null } ? place.Explain() : string.Empty,
            Domains = Domains(guest, failed.Name(), isAnswering),
            UnaskedHosts = Unasked(guest, failed.Name(), isAnswering, isShutOut),
        };
    }

    /// <summary>Whether it would be started elsewhere if its host failed, by its spec and by what is written down of it. Who else has its files is not asked.</summary>
    public bool WouldRestart(VirtualMachine guest) => Refuse(guest, guest.Status?.Host ?? string.Empty, _ => null) is null;

    private string? Refuse(VirtualMachine guest, string host, Func<GuestRecord, string?> unusable)
    {
        var record = GuestReading.Record(guest.Status ?? new VirtualMachineStatus());

        // That its host fell silent has taken the place of what was written down; what this process saw there last says more.
        var wasActive = index.ByUuid(guest.Identity().Uuid).Where(place => place.Host == host).Select(place => (bool?)place.Domain.IsActive).FirstOrDefault() ?? true;
        return RestartPolicy.Refuse(
            guest.Spec.RunStrategy switch
            {
                RunStrategy.Always => RestartWish.Always,
                RunStrategy.RerunOnFailure => RestartWish.UntilItEnds,
                RunStrategy.Halted => RestartWish.Never,
                _ => RestartWish.ByHand,
            },
            guest.Spec.Availability.OnHostFailure == HostFailurePolicy.Restart,
            wasActive && record is { Started: not null, HasEndedInOrder: false } && Ran.Contains(record.Run),
            unusable(record));
    }

    /// <summary>Why it cannot be started anywhere, or must not be; null for nothing.</summary>
    private string? Unusable(VirtualMachine guest, IReadOnlyDictionary<string, NfsStore>? stores, GuestRecord record, Revival? revival)
    {
        if (guest.Metadata.DeletionTimestamp is not null)
        {
            return "it is being deleted";
        }

        if (guest.IsPaused())
        {
            return $"nothing is done for it until the annotation {Annotations.Paused} is taken off";
        }

        if (VirtualMachineValidator.Validate(guest).Count > 0)
        {
            return "its spec cannot be worked on: see Valid";
        }

        if (stores is null)
        {
            return guestStores.MissingMessage(guest);
        }

        if (guest.Status?.Failover is null && (record.Started is null || record.HasEndedInOrder || !Ran.Contains(record.Run)))
        {
            return "it did not run when its host failed, and waits for it";
        }

        if (users.Refuse(guest) is { } claimed)
        {
            return claimed;
        }

        if (LinkedGuests.ClonesOf(guest, files.MayBeLinkedTo(guest)) is { Count: > 0 } clones)
        {
            return $"{string.Join(", ", clones)} keep only what differs from its disks, and would be destroyed if it wrote to them";
        }

        return files.Unreadable(guest) is { Count: > 0 } unreadable
            ? $"{string.Join(", ", unreadable)} cannot be read by this version of the operator, and may keep only what differs from its disks"
            : revival switch
            {
                null or Revival.Again => null,
                Revival.Refused refused => refused.Message,
                _ => "its last definition was not kept, so that it could not be made again exactly",
            };
    }

    private Dictionary<string, DomainPresence> Domains(VirtualMachine guest, string failed, Func<string, bool> isAnswering)
    {
        var identity = guest.Identity();
        var found = new Dictionary<string, DomainPresence>(StringComparer.Ordinal);
        foreach (var (host, domain, isCurrent) in index.ByUuid(identity.Uuid))
        {
            if (host != failed && isCurrent && isAnswering(host))
            {
                found[host] = !domain.IsActive ? DomainPresence.Defined : domain is { PausedByMigration: true, PausedByBrokenPostCopy: false } ? DomainPresence.Arriving : DomainPresence.Running;
            }
        }

        return found;
    }

    private IReadOnlyList<string> Unasked(VirtualMachine guest, string failed, Func<string, bool> isAnswering, Func<KvmHost, bool> isShutOut) =>
    [
        .. guestHosts.Of(guest)
            .Where(member => member.Name != failed
                && !(member.CanBeAsked && isAnswering(member.Name) && observations.Find(member.Name) is { LibvirtAnswers: true })
                && !isShutOut(member.Host)
                && !(member.Host.Spec.Mode == HostMode.Maintenance && IsDrained(member.Host) && guests.CountBy(GuestIndexes.ByHost, member.Name) == 0))
            .Select(member => member.Name)
            .Concat(hosts.Undecodable.Where(host => hosts.Get(host.Key) is null && (host.Text("spec", "pool") ?? guest.Spec.Placement.Pool) == guest.Spec.Placement.Pool).Select(host => host.Key.Name))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>It said itself that no guest is left there, before it fell silent.</summary>
    private static bool IsDrained(KvmHost host) => host.Status?.Conditions.Any(condition => condition is { Type: KvmHostConditions.Drained, Status: "True" }) == true;
}
