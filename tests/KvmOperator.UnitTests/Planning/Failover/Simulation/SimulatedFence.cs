using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>The fence script on a server: the plan's steps in their order, each taking its time, until one does not succeed.</summary>
internal sealed class SimulatedFence(SimulatedPool pool, SimulatedServer server, StorageFence fence, Action<EffectResult> ended)
{
    private const int LockPatience = 5000;

    private readonly int boot = server.Boot;
    private readonly long begun = pool.Now;
    private int drained = -1;

    public void Run()
    {
        if (!pool.OperatorReaches(server) || server.Refusal is not null)
        {
            ended(EffectResult.Failure);
            return;
        }

        Do(0);
    }

    /// <summary>What a server shows of a host.</summary>
    public static FenceReadBack Read(SimulatedServer server, StorageFence fence, string markedBoot, bool isSettled) =>
        new(server.Marks.GetValueOrDefault(fence.Host, string.Empty), markedBoot, server.BootId)
        {
            Exports = server.Files.Contains(fence.Host) || server.Kernel.Contains(fence.Host) ? [$"{fence.Host}(rw)"] : [],
            Clients = server.Clients.TryGetValue(fence.Host, out var client) ? [client.Id] : [],
            HasControl = server.Kernel.Any(host => host != fence.Host),
            IsSettled = isSettled,
            ExportsDigest = string.Join(',', server.Files.Order(StringComparer.Ordinal)),
        };

    private void Do(int index)
    {
        if (server.Boot != boot)
        {
            // The script died with its machine.
            ended(EffectResult.Failure);
            return;
        }

        if (!server.IsAlive)
        {
            pool.After(500, () => Do(index));
            return;
        }

        var steps = StorageFence.Steps;
        if (index == steps.Count)
        {
            Unlock();
            var read = Read(server, fence, $"{server.Name}-boot{boot}", isSettled: true) with { Expired = server.Expired.GetValueOrDefault((fence.Host, fence.FailoverId)) ?? [] };
            ended(new EffectResult(true) { Read = pool.Settings.Mutant == Mutant.SkipsExpire ? read with { Clients = [] } : read });
            return;
        }

        switch (steps[index])
        {
            case FenceStep.Lock when server.LockedBy is not null && pool.Settings.Mutant != Mutant.TakesNoLock:
                if (pool.Now - begun > LockPatience)
                {
                    ended(EffectResult.Failure);
                }
                else
                {
                    pool.After(100, () => Do(index));
                }

                return;
            case FenceStep.Lock when pool.IsRefused(server, fence.Epoch) || server.Ended.GetValueOrDefault(fence.Host) == fence.FailoverId:
                ended(EffectResult.Failure);
                return;
            case FenceStep.Lock:
                server.Epoch = Math.Max(server.Epoch, fence.Epoch);
                server.LockedBy = this;
                break;
            case FenceStep.Mark:
                server.Marks[fence.Host] = fence.FailoverId;
                break;
            case FenceStep.Exports:
                server.Files.Remove(fence.Host);
                break;
            case FenceStep.Kernel:
                server.Kernel.Remove(fence.Host);
                if (pool.Random.Happens(pool.Settings.LateMountd))
                {
                    pool.After(pool.Random.Next(0, 900), () => LetInLate());
                }

                break;
            case FenceStep.Drain when pool.Settings.Mutant != Mutant.SkipsExpire && server.Clients.TryGetValue(fence.Host, out var client):
                if (client.InFlight > 0)
                {
                    if (pool.Now - begun > (long)pool.Settings.Budgets.StorageFence.TotalMilliseconds)
                    {
                        Unlock();
                        ended(EffectResult.Failure);
                        return;
                    }

                    pool.After(100, () => Do(index));
                    return;
                }

                server.Clients.Remove(fence.Host);
                if (!server.Expired.TryGetValue((fence.Host, fence.FailoverId), out var expired))
                {
                    server.Expired[(fence.Host, fence.FailoverId)] = expired = [];
                }

                expired.Add(client.Id);
                break;
            case FenceStep.ReadAgain:
                server.Kernel.Remove(fence.Host);
                if (drained < 0 || (server.Clients.ContainsKey(fence.Host) && pool.Settings.Mutant != Mutant.SkipsExpire))
                {
                    // A second later, and from the drain on, until nothing came in between.
                    drained = index;
                    pool.After(1000, () =>
                    {
                        server.Kernel.Remove(fence.Host);
                        Do(Array.IndexOf([.. steps], FenceStep.Drain));
                    });
                    return;
                }

                break;
        }

        pool.After(pool.Random.Next(20, 120), () => Do(index + 1));
    }

    private void LetInLate()
    {
        if (server.Boot == boot)
        {
            server.Kernel.Add(fence.Host);
        }
    }

    private void Unlock()
    {
        if (server.LockedBy == this)
        {
            server.LockedBy = null;
        }
    }

}
