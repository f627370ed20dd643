using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Placement;

/// <summary>
/// What is taken of each host: by the guests that run there, that were promised a place there, that are on their way there, and that were given a place a moment ago.
/// What guests were promised counts, also of those that are off or not made yet. Summed up anew only when something of the host changed.
/// </summary>
internal sealed class HostLoads(
    HostObservations observations, IEntityStore<VirtualMachine> machines, IEntityStore<VmMigration> moves, PlacementGate gate)
{
    private readonly ConcurrentDictionary<string, Sum> sums = new(StringComparer.Ordinal);

    /// <summary>What is taken of a host.</summary>
    public HostLoad Of(string host)
    {
        var seen = observations.Find(host);

        // The stores hand the same lists out until something in them changes.
        var (guests, arrivals) = (machines.ListBy(GuestIndexes.ByHost, host), moves.ListBy(MoveIndexes.ByTarget, host));
        if (!sums.TryGetValue(host, out var sum) || !ReferenceEquals(sum.Seen, seen) || !ReferenceEquals(sum.Guests, guests) || !ReferenceEquals(sum.Arrivals, arrivals) || !sum.Lasts)
        {
            var (load, lasts) = SumUp(host, seen, guests, arrivals);
            sums[host] = sum = new Sum(seen, guests, arrivals, lasts, load);
        }

        return sum.Load.With(Assumed(host));
    }

    /// <summary>Forgets a host that is gone.</summary>
    public void Forget(string host) => sums.TryRemove(host, out _);

    /// <returns>The sum, and whether it holds until one of its sources changes: not while guests count there that are filed elsewhere.</returns>
    private (HostLoad Load, bool Lasts) SumUp(string host, HostObservation? seen, IReadOnlyList<VirtualMachine> filed, IReadOnlyList<VmMigration> arrivals)
    {
        var guests = new Dictionary<OwnerMarker, GuestLoad>();
        foreach (var promised in filed.Where(IsPromised))
        {
            guests[Marker(promised)] = GuestLoad.Of(promised);
        }

        var lasts = true;
        foreach (var move in arrivals)
        {
            lasts = false;
            if (machines.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name)) is { } arriving)
            {
                guests[Marker(arriving)] = GuestLoad.Of(arriving);
            }
        }

        var (vcpus, memory, overhead) = (0, 0L, 0L);
        foreach (var domain in seen?.Domains.Where(domain => domain.IsActive) ?? [])
        {
            if (domain.Owner is { } owner && machines.Get(new EntityKey(owner.Namespace, owner.Name)) is { } guest)
            {
                lasts &= guest.Status?.Host == host;
                guests[owner] = GuestLoad.Of(guest);
                continue;
            }

            // What runs and has no object: a person's domain, or a guest whose object is not applied yet.
            lasts &= domain.Owner is null;
            vcpus += domain.Vcpus;
            memory += domain.MemoryBytes;
            overhead += QemuMemory.OverheadBytes(domain.Vcpus, domain.MemoryBytes);
        }

        return (new HostLoad(guests, vcpus, memory, overhead), lasts);
    }

    private Dictionary<OwnerMarker, GuestLoad> Assumed(string host)
    {
        var assumed = new Dictionary<OwnerMarker, GuestLoad>();
        foreach (var key in gate.AssumedOn(host))
        {
            if (machines.Get(key) is { } guest && guest.Spec.RunStrategy != RunStrategy.Halted)
            {
                assumed[Marker(guest)] = GuestLoad.Of(guest);
            }
        }

        return assumed;
    }

    /// <summary>One that was refused a start for want of room holds none: else two that wait would wait for each other.</summary>
    private static bool IsPromised(VirtualMachine machine) => machine.Spec.RunStrategy != RunStrategy.Halted && !machine.IsRefusedAtHome();

    private static OwnerMarker Marker(VirtualMachine machine) => new(machine.Namespace(), machine.Name());

    private sealed record Sum(HostObservation? Seen, IReadOnlyList<VirtualMachine> Guests, IReadOnlyList<VmMigration> Arrivals, bool Lasts, HostLoad Load);
}
