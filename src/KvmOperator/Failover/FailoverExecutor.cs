using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Connections;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;
using KvmOperator.Runtime.Api;
using KvmOperator.Status;

namespace KvmOperator.Failover;

/// <summary>
/// Carries one effect of a failure out. It decides nothing and remembers nothing: what was done is seen in the objects and on the machines, and an effect of which nothing is heard counts as not done and is decided anew.
/// </summary>
internal sealed class FailoverExecutor(IFailoverMachines machines, IFailoverObjects objects, TimeProvider clock)
{
    /// <summary>QEMU's words when another process has the lock of a disk (block/file-posix.c).</summary>
    private static readonly string[] LockWords = ["Failed to get \"write\" lock", "Failed to get shared \"write\" lock", "Is another process using the image"];

    /// <summary>Does it.</summary>
    public async Task<EffectResult> DoAsync(FailoverOrder order, CancellationToken cancellationToken)
    {
        try
        {
            return await CarryOutAsync(order, cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException or ApiException or HttpRequestException or InvalidOperationException or ArgumentException or TimeoutException)
        {
            return EffectResult.Failed(exception is HostRefusedException { Summary.Length: > 0 } refused ? $"{refused.HostName}: {refused.Summary}" : exception.Message) with { IsLocked = order.Effect is FailoverEffect.Start && IsLock(exception) };
        }
    }

    private async Task<EffectResult> CarryOutAsync(FailoverOrder order, CancellationToken cancellationToken)
    {
        switch (order.Effect)
        {
            case FailoverEffect.RecordHost write:
                return Written(await objects.WriteAsync(order.Host, status => FailoverRecords.With(status, write.Record), cancellationToken));
            case FailoverEffect.RecordGuest write:
                return Written(await objects.WriteAsync(order.Guest!, status => FailoverRecords.With(status, write.Host, write.Recovery, clock.GetStatusTime()), cancellationToken));
            case FailoverEffect.FenceStorage { Fence: var fence }:
                return EffectResult.Done with { Reading = await machines.FenceAsync(Server(order, fence), Order(order, fence), cancellationToken) };
            case FailoverEffect.VerifyStorage { Fence: var fence }:
                return EffectResult.Done with { Reading = await machines.VerifyAsync(Server(order, fence), Order(order, fence), cancellationToken) };
            case FailoverEffect.UnfenceStorage { Fence: var fence }:
                await machines.UnfenceAsync(Server(order, fence), Order(order, fence), cancellationToken);
                return EffectResult.Done;
            case FailoverEffect.ForgetKey forget:
                await machines.ForgetKeyAsync(Host(order, forget.Peer), forget.Host, cancellationToken);
                return EffectResult.Done;
            case FailoverEffect.EndMove end:
                return await EndAsync(order, end, cancellationToken);
            case FailoverEffect.Define define:
                return await DefineAsync(order, Host(order, define.On), cancellationToken);
            case FailoverEffect.Start start:
                return await StartAsync(order, Host(order, start.On), cancellationToken);
            case FailoverEffect.DestroyStale:
                await machines.DestroyAsync(order.Host, cancellationToken);
                await machines.ObserveAsync(order.Host, cancellationToken);
                return EffectResult.Done;
            case FailoverEffect.Clean:
                return EffectResult.Done with { Boot = await machines.CleanAsync(order.Host, [.. order.Pool.Servers.SelectMany(server => server.Stores).Select(store => store.Spec.MountPath).Distinct(StringComparer.Ordinal)], cancellationToken) };
            default:
                return EffectResult.Failed($"there is no way to do this: {order.Effect.Key}");
        }
    }

    private async Task<EffectResult> EndAsync(FailoverOrder order, FailoverEffect.EndMove end, CancellationToken cancellationToken)
    {
        var (on, guest) = (Host(order, end.On), order.Guest!.Identity());
        if (!(end.On == end.Move.Target ? await machines.EndArrivalAsync(on, guest, cancellationToken) : await machines.AbortMoveAsync(on, guest, cancellationToken)))
        {
            return EffectResult.Failed($"the move of {end.Move.Guest} cannot be given up on {end.On}");
        }

        await machines.ObserveAsync(on, cancellationToken);
        return EffectResult.Done;
    }

    private async Task<EffectResult> DefineAsync(FailoverOrder order, KvmHost on, CancellationToken cancellationToken)
    {
        if (order.Revival is not { } revival)
        {
            return EffectResult.Failed("its kept definition is not known");
        }

        await machines.DefineAsync(on, order.Guest!.Identity(), revival.Definition, revival.HasTpmState ? order.KeptFolder : null, cancellationToken);
        await machines.ObserveAsync(on, cancellationToken);
        return EffectResult.Done;
    }

    /// <summary>The looks are seconds old: every host that may have it says once more that it does not run there, all at once.</summary>
    private async Task<EffectResult> StartAsync(FailoverOrder order, KvmHost on, CancellationToken cancellationToken)
    {
        var guest = order.Guest!.Identity();
        var states = await Task.WhenAll(order.Asked.Select(host => machines.ReadStateAsync(host, guest, cancellationToken)));
        foreach (var (host, state) in order.Asked.Zip(states))
        {
            if (state is not null and not DomainState.ShutOff)
            {
                await machines.ObserveAsync(host, cancellationToken);
                return EffectResult.Failed($"it runs on {host.Name()}");
            }
        }

        await machines.StartAsync(on, guest, cancellationToken);
        await machines.ObserveAsync(on, cancellationToken);
        return EffectResult.Done;
    }

    private static StorageFenceOrder Order(FailoverOrder order, StorageFence fence) => new(fence.FailoverId, fence.Host, fence.Epoch, PoolPeers.Addresses(order.Host.Spec))
    {
        ClientName = order.Host.Status?.System?.HostName,
        Paths = [.. Find(order, fence.Server).Stores.Select(store => store.Spec.ExportPath).Distinct(StringComparer.Ordinal)],
        Controls = [.. order.Controls.SelectMany(host => PoolPeers.Addresses(host.Spec)).Distinct(StringComparer.Ordinal)],
    };

    private static PoolServer Find(FailoverOrder order, string server) =>
        order.Pool.Servers.FirstOrDefault(known => known.Name == server) ?? throw new MachineUnavailableException($"no store of the pool is on {server} any more");

    private static NfsStore Server(FailoverOrder order, StorageFence fence) =>
        Find(order, fence.Server).Managed ?? throw new MachineUnavailableException($"{fence.Server} is not configured by the operator");

    private static KvmHost Host(FailoverOrder order, string name) =>
        order.Pool.Hosts.FirstOrDefault(host => host.Name() == name) ?? throw new MachineUnavailableException($"there is no KvmHost {name} any more");

    private static EffectResult Written(bool isWritten) => isWritten ? EffectResult.Done : EffectResult.Overtaken;

    private static bool IsLock(Exception exception) => LockWords.Any(word => exception.Message.Contains(word, StringComparison.Ordinal) || (exception is HostRefusedException refused && refused.Summary.Contains(word, StringComparison.Ordinal)));
}
