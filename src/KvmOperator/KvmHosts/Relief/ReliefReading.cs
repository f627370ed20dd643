using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Placement;
using KvmOperator.Planning.Relief;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts.Relief;

/// <summary>Says what the planner of relief has to know of a pool. It asks memory, and no host.</summary>
internal sealed class ReliefReading(PoolViews pools, GuestPlaces places, LoadTracks tracks, IEntityStore<VirtualMachine> machines, IEntityStore<VmMigration> moves, TimeProvider clock)
{
    /// <summary>How fast memory is sent. Not measured yet: this is what a link of 1 Gbit/s carries.</summary>
    private const double MebibytesPerSecond = 100;

    /// <summary>Moves count so long.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromDays(1);

    /// <summary>A pool as it is now.</summary>
    public ReliefView View(string pool)
    {
        var hosts = pools.Of(pool).Members.Select(member => member.Host).ToList();
        var read = hosts.Select(Host).ToList();
        return new ReliefView(read, clock.GetUtcNow(), tracks.Watched, MebibytesPerSecond)
        {
            Busy = Busy(hosts, pool),
            LastMove = read.SelectMany(host => host.Guests).Select(guest => guest.LastMove).Max(),
        };
    }

    private ReliefHost Host(KvmHost host)
    {
        var track = tracks.Of(host.Name());
        var running = machines.ListBy(GuestIndexes.ByHost, host.Name()).Where(guest => guest.Status.IsTrue(VirtualMachineConditions.Running));
        return new ReliefHost(places.Host(host), host.Status?.Capacity?.Cpus ?? 0, [.. running.Select(guest => Guest(guest, track))])
        {
            Use = track.Use,
            IsHot = track.IsHot,
            IsShortOfMemory = track.IsShortOfMemory,
        };
    }

    private ReliefGuest Guest(VirtualMachine machine, HostLoadTrack track)
    {
        var name = GuestNames.Of(machine);
        var lately = moves.OverOf(name).Where(move => move.Status!.CompletionTime is { } end && clock.GetUtcNow().UtcDateTime - end < Lately).ToList();
        var done = lately.Where(move => move.Status!.Phase == VmMigrationPhase.Succeeded).ToList();
        return new ReliefGuest(name, GuestPlaces.Guest(machine))
        {
            Cores = track.Cores.TryGetValue(name, out var cores) ? cores : null,
            Obstacle = Obstacle(machine, lately),
            Moves = done.Count,
            LastMove = done.Count > 0 ? new DateTimeOffset(DateTime.SpecifyKind(done[0].Status!.CompletionTime!.Value, DateTimeKind.Utc)) : null,
            Priority = machine.Spec.Availability.Priority,
        };
    }

    /// <summary>Why a guest is not moved for the sake of others. One that wants to be off for a move is not shut down for that.</summary>
    private static string? Obstacle(VirtualMachine machine, List<VmMigration> lately) =>
        machine.IsPaused() ? $"the annotation {Annotations.Paused} keeps it as it is"
        : machine.Metadata.DeletionTimestamp is not null ? "it is being deleted"
        : machine.Spec.Placement.HostRef is not null ? "spec.placement.hostRef keeps it where it is"
        : machine.Spec.Availability.OnEviction != EvictionPolicy.LiveMigrate ? $"spec.availability.onEviction is {machine.Spec.Availability.OnEviction}"
        : lately.Find(move => move.Status!.Phase == VmMigrationPhase.Failed) is { } failed ? $"VmMigration {failed.Name()} failed within a day"
        : null;

    /// <summary>What comes first.</summary>
    private string? Busy(List<KvmHost> hosts, string pool)
    {
        if (hosts.Find(host => host.Status?.Failover is not null) is { } failed)
        {
            return $"{failed.Name()} does not answer";
        }

        if (hosts.Find(host => host.Spec.Mode == HostMode.Maintenance && host.Status?.VirtualMachineCount is not 0) is { } drained)
        {
            return $"{drained.Name()} is being drained";
        }

        return moves.ListOpen().FirstOrDefault(move => machines.Get(GuestNames.KeyOf(MoveIndexes.GuestOf(move)))?.Spec.Placement.Pool == pool) is { } open
            ? $"VmMigration {open.Namespace()}/{open.Name()} is not over"
            : null;
    }
}
