using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Api;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.Failover;

/// <summary>
/// Reads what is kept of the guests of a failed host, each once a failure, by a host that answers: without it nobody knows what the guest was, and it is not started. To be used by one thread;
/// what is read later is taken in by <c>hear</c>.
/// </summary>
internal sealed class KeptDefinitions(IFailoverMachines machines, GuestStores stores, TimeProvider clock, Action<Action> hear)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(EntityKey Guest, string Failure), Reading> readings = [];

    /// <summary>What a guest is made from again; null while that is not known.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="failure">The failure for which it is read.</param>
    /// <param name="readers">Hosts that answer, any of which may read it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Revival? Of(VirtualMachine guest, string failure, IReadOnlyList<KvmHost> readers, CancellationToken cancellationToken)
    {
        var key = (EntityKey.Of(guest), failure);
        if (readings.TryGetValue(key, out var known) && (known.IsUnderWay || known.Kept is not null || clock.GetElapsedTime(known.Time) < Again))
        {
            return known.Kept is null ? null : Revivals.For(guest, known.Kept.Guest, known.Kept.Folder);
        }

        if (stores.Of(guest) is { } ofDisks && readers.Count > 0)
        {
            readings[key] = new Reading(true, null, clock.GetTimestamp());
            var turn = Math.Abs(clock.GetTimestamp() % readers.Count);
            _ = ReadAsync(key, readers[(int)turn], Folder(guest, ofDisks), cancellationToken);
        }

        return null;
    }

    /// <summary>Forgets what was read for failures that are over.</summary>
    public void Keep(IReadOnlySet<string> failures)
    {
        foreach (var over in readings.Keys.Where(key => !failures.Contains(key.Failure)).ToList())
        {
            readings.Remove(over);
        }
    }

    /// <summary>Where it is kept what a guest is.</summary>
    public static string Folder(VirtualMachine guest, IReadOnlyDictionary<string, NfsStore> ofDisks) => KeptFiles.Folder(GuestDisks.Folder(guest.Identity(), ofDisks[guest.Spec.Disks[0].StoreRef.Name]));

    private async Task ReadAsync((EntityKey, string) key, KvmHost reader, string folder, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Kept? kept = null;
        try
        {
            kept = new Kept(await machines.ReadKeptAsync(reader, folder, cancellationToken), folder);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Another one is asked in a moment.
        }

        hear(() => readings[key] = new Reading(false, kept, clock.GetTimestamp()));
    }

    /// <summary>What is kept, where.</summary>
    /// <param name="Guest">What is kept; null for nothing.</param>
    /// <param name="Folder">Where.</param>
    private sealed record Kept(KeptGuest? Guest, string Folder);

    private sealed record Reading(bool IsUnderWay, Kept? Kept, long Time);
}
