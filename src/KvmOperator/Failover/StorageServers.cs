using System.Net;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Connections;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Planning.Failover.Admission;

namespace KvmOperator.Failover;

/// <summary>
/// Knows of each server what a proof by it depends on, read every few minutes, and says which hosts it could shut out. What was read stays while the server does not answer. To be used by one thread; what is read later is taken
/// in by <c>hear</c>.
/// </summary>
internal sealed class StorageServers(IFailoverMachines machines, TimeProvider clock, Action<Action> hear)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Reading> readings = new(StringComparer.Ordinal);

    /// <summary>Whether it is known of a server what a proof by it depends on.</summary>
    public bool IsKnown(PoolServer server) => server.Managed is null || readings.GetValueOrDefault(server.Name)?.Facts is not null;

    /// <summary>Reads what is too old.</summary>
    public void Refresh(PoolServer server, CancellationToken cancellationToken)
    {
        if (server.Managed is not { } store || (readings.TryGetValue(server.Name, out var known) && (known.IsUnderWay || clock.GetElapsedTime(known.Time) < (known.Failed ? Retry : Lifetime))))
        {
            return;
        }

        var before = readings.GetValueOrDefault(server.Name)?.Facts;
        readings[server.Name] = new Reading(before, clock.GetTimestamp(), IsUnderWay: true, Failed: false);
        _ = ReadAsync();

        async Task ReadAsync()
        {
            await Task.Yield();
            ServerFacts? facts = null;
            try
            {
                facts = await machines.ReadFactsAsync(store, cancellationToken);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // What was read before holds until it answers.
            }

            hear(() => readings[server.Name] = new Reading(facts ?? before, clock.GetTimestamp(), IsUnderWay: false, Failed: facts is null));
        }
    }

    /// <summary>Why a server could not shut a host out, a sentence each; empty when it could.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="server">The server.</param>
    /// <param name="host">The host.</param>
    public IReadOnlyList<string> Refuse(FailoverPool pool, PoolServer server, KvmHost host)
    {
        if (PoolPeers.Addresses(host.Spec).FirstOrDefault(address => !IPAddress.TryParse(address, out _)) is { } name)
        {
            return [$"{host.Name()} is known by {name}, and only addresses can be shut out"];
        }

        var facts = readings.GetValueOrDefault(server.Name)?.Facts;
        return server.Managed is not null && facts is null
            ? [$"{server.Name} has not said yet what a proof by it depends on"]
            : StorageFencingAdmission.Refuse(Facts(host), Facts(pool, server, facts), pool.Hosts.Select(Facts));
    }

    private static FencedHostFacts Facts(KvmHost host) => new(host.Name(), [.. PoolPeers.Addresses(host.Spec)]) { MachineId = host.Status?.System?.MachineId };

    private StorageServerFacts Facts(FailoverPool pool, PoolServer server, ServerFacts? facts) => new(server.Name, server.Managed is not null)
    {
        ListsClients = facts?.ListsClients,
        RemembersClients = facts?.RemembersClients,
        FreeBytes = facts?.FreeBytes,
        MachineId = facts?.MachineId,
        MountedVersions = [.. server.Stores.Select(store => store.Spec.NfsVersion).Distinct(StringComparer.Ordinal)],
        HasParallelAccess = server.Stores.Any(store => store.Spec.ExportOptions.Contains("pnfs", StringComparer.Ordinal)),
        ForeignExports = server.Managed is not null && machines.Hear(server.Managed) is var (beat, _) ? Foreign(pool, server, beat) : [],
    };

    /// <summary>Entries that let somebody in by more than an address, or whom the operator did not let in.</summary>
    private static List<string> Foreign(FailoverPool pool, PoolServer server, ServerBeat beat)
    {
        var paths = server.Stores.Select(store => store.Spec.ExportPath).ToList();
        var own = pool.Hosts.SelectMany(host => PoolPeers.Addresses(host.Spec)).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. beat.Exports
                .Where(export => paths.Any(path => export.Path == path || IsAbove(export.Path, path) || IsAbove(path, export.Path)))
                .Where(export => !(paths.Contains(export.Path, StringComparer.Ordinal) && own.Contains(NetworkAddress.Canonical(export.Client))))
                // An address of somebody else lets in nobody but him.
                .Where(export => !IPAddress.TryParse(export.Client, out _) || own.Contains(NetworkAddress.Canonical(export.Client)))
                .Select(export => $"{export.Path} {export.Client}"),
        ];
    }

    private static bool IsAbove(string folder, string path) => folder == "/" || path.StartsWith($"{folder}/", StringComparison.Ordinal);

    private sealed record Reading(ServerFacts? Facts, long Time, bool IsUnderWay, bool Failed);
}
