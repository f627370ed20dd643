using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Connections;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Observations;

namespace KvmOperator.NfsStores;

/// <summary>
/// Finds out how each host of a pool sees a store: all side by side, so that one that hangs delays nobody. The full test writes and locks; it is
/// made when a mount is new or was not good, and now and then. In between the look that every host gets anyhow is enough.
/// </summary>
internal sealed class StoreAccessChecks(MachineConnections connections, INfsClient mounts, HostObservations observations, TimeProvider clock)
{
    private static readonly TimeSpan FullTestInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RepeatedTestLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstRepeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRepeat = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Test>> tested = new(StringComparer.Ordinal);

    /// <summary>How each host of the pool sees the store, by the host's name.</summary>
    public async Task<IReadOnlyDictionary<string, StoreAccess>> TestAsync(NfsStore store, IReadOnlyList<KvmHost> pool, CancellationToken cancellationToken)
    {
        var ofStore = tested.GetOrAdd(Key(store), _ => new ConcurrentDictionary<string, Test>(StringComparer.Ordinal));
        var results = await Task.WhenAll(pool.Select(host => TestAsync(store, host, ofStore, cancellationToken)));
        if (ofStore.Count > pool.Count)
        {
            foreach (var gone in ofStore.Keys.Except(pool.Select(Key), StringComparer.Ordinal).ToList())
            {
                ofStore.TryRemove(gone, out _);
            }
        }

        return pool.Zip(results).ToDictionary(pair => pair.First.Name(), pair => pair.Second, StringComparer.Ordinal);
    }

    /// <summary>How many tests are remembered.</summary>
    internal int Count => tested.Values.Sum(ofStore => ofStore.Count);

    /// <summary>Forgets a store that is gone.</summary>
    public void Forget(NfsStore store) => tested.TryRemove(Key(store), out _);

    private async Task<StoreAccess> TestAsync(NfsStore store, KvmHost host, ConcurrentDictionary<string, Test> ofStore, CancellationToken cancellationToken)
    {
        if (observations.Find(host.Name()) is not { } seen)
        {
            return Failed("the host does not answer");
        }

        var probe = seen.Stores.FirstOrDefault(one => one.MountPath == store.Spec.MountPath);
        var key = Key(host);
        if (probe is { Answers: false })
        {
            ofStore.TryRemove(key, out _);
            return Failed(probe.Reason);
        }

        // A mount that comes or goes, and a machine that was started anew, is another one.
        var circumstances = $"{seen.BootId} {probe?.Answers}";
        var before = ofStore.TryGetValue(key, out var last) && last.Circumstances == circumstances ? last : null;
        if (before is not null && clock.GetElapsedTime(before.Time) < before.CountsFor)
        {
            return before.Access;
        }

        // A host that could use the store before answers quickly, unless the store is away: that is to be told soon.
        var access = await TestAsync(store, host, before is { Access.Works: true }, cancellationToken);
        var wait = access.Works ? FullTestInterval : before is { Access.Works: false } ? Shorter(before.CountsFor * 2, LongestRepeat) : FirstRepeat;
        ofStore[key] = new Test(access, circumstances, wait, clock.GetTimestamp());
        return access;
    }

    private async Task<StoreAccess> TestAsync(NfsStore store, KvmHost host, bool worked, CancellationToken cancellationToken)
    {
        try
        {
            var shell = await connections.ShellAsync(host, cancellationToken);
            using var limit = new CancellationTokenSource(worked ? RepeatedTestLimit * shell.Pace : Timeout.InfiniteTimeSpan, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                return await mounts.TestAccessAsync(shell, store.Spec.MountPath, store.Status?.StoreId, either.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return Failed($"the store does not answer within {(RepeatedTestLimit * shell.Pace).TotalSeconds:0} s");
            }
        }
        catch (Exception exception) when (exception is HostException or CredentialsMissingException)
        {
            return Failed(exception.Message);
        }
    }

    /// <summary>A store that is applied anew under the same name may be another one.</summary>
    private static string Key(NfsStore store) => store.Uid() ?? store.Name();

    private static string Key(KvmHost host) => host.Uid() ?? host.Name();

    private static StoreAccess Failed(string reason) => new(Works: false, string.Empty, reason);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>A test, and how long its outcome counts.</summary>
    private sealed record Test(StoreAccess Access, string Circumstances, TimeSpan CountsFor, long Time);
}
