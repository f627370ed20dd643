using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;

namespace KvmOperator.NfsStores;

/// <summary>
/// Finds out how each host of a pool sees a store: all side by side, so that one that hangs delays nobody. The full test writes and locks; it is
/// made when a mount is new or was not good, and now and then. In between the look that every host gets anyhow is enough.
/// </summary>
internal sealed class StoreAccessChecks(MachineConnections connections, INfsClient mounts, HostObservations observations, TimeProvider clock)
{
    private static readonly TimeSpan FullTestInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RepeatedTestLimit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Store, string Host), (StoreAccess Access, string BootId, long Time)> tested = new();

    /// <summary>How each host of the pool sees the store, by the host's name.</summary>
    public async Task<IReadOnlyDictionary<string, StoreAccess>> TestAsync(NfsStore store, IReadOnlyList<KvmHost> pool, CancellationToken cancellationToken)
    {
        var results = await Task.WhenAll(pool.Select(host => TestAsync(store, host, cancellationToken)));
        return pool.Zip(results).ToDictionary(pair => pair.First.Name(), pair => pair.Second, StringComparer.Ordinal);
    }

    private async Task<StoreAccess> TestAsync(NfsStore store, KvmHost host, CancellationToken cancellationToken)
    {
        if (observations.Find(host.Name()) is not { } seen)
        {
            return Failed("the host does not answer");
        }

        var probe = seen.Stores.FirstOrDefault(one => one.MountPath == store.Spec.MountPath);
        if (probe is { Answers: false })
        {
            tested.TryRemove((store.Name(), host.Name()), out _);
            return Failed(probe.Reason);
        }

        if (Remembered(store, host, seen) is { } before)
        {
            return before;
        }

        // A host that could use the store before answers quickly, unless the store is away: that is to be told soon.
        using var limit = new CancellationTokenSource(tested.ContainsKey((store.Name(), host.Name())) ? RepeatedTestLimit : Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var shell = await connections.ShellAsync(host, cancellationToken);
            var access = await mounts.TestAccessAsync(shell, store.Spec.MountPath, either.Token);
            if (access.Works)
            {
                tested[(store.Name(), host.Name())] = (access, seen.BootId, clock.GetTimestamp());
            }

            return access;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Failed($"the store does not answer within {RepeatedTestLimit.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HostException or CredentialsMissingException)
        {
            return Failed(exception.Message);
        }
    }

    private StoreAccess? Remembered(NfsStore store, KvmHost host, HostObservation seen) =>
        tested.TryGetValue((store.Name(), host.Name()), out var last) && last.BootId == seen.BootId && clock.GetElapsedTime(last.Time) < FullTestInterval ? last.Access : null;

    private static StoreAccess Failed(string reason) => new(Works: false, string.Empty, reason);
}
