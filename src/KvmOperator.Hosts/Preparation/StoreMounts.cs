using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Mounts the stores of the pool, now and after every start.</summary>
internal sealed class StoreMounts(INfsClient client) : IPreparationStep
{
    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.StoreMounts;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var stale = await StaleAsync(host, plan, cancellationToken);
        var states = (await CheckStoresAsync(host, plan, cancellationToken)).Select(found => found.State).ToList();
        if (stale.Count > 0)
        {
            states.Insert(0, new StepState(StepStatus.Drifted, $"stores are mounted that do not belong here any more: {string.Join(", ", stale)}"));
        }

        var pending = states.Where(state => state.IsPending).Select(state => state.Message).ToList();
        return Sum(states)
            ?? new StepState(StepStatus.Ready, plan.Stores.Count == 0 ? "there is no store to mount" : string.Join("; ", pending.Prepend("all stores are mounted"))) { IsPending = pending.Count > 0 };
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var stale = await StaleAsync(host, plan, cancellationToken);
        var unmounting = stale.Select(path => TryAsync($"{path} cannot be unmounted", () => client.UnmountAsync(host, path, cancellationToken)));
        var failures = (await Task.WhenAll(unmounting)).ToList();
        var drifted = (await CheckStoresAsync(host, plan, cancellationToken)).Where(found => found.State.Status is StepStatus.Drifted or StepStatus.Failed);
        var mounting = drifted.Select(found => TryAsync($"{found.Store.MountPath} cannot be mounted", () => client.MountAsync(host, found.Store, cancellationToken)));
        failures.AddRange(await Task.WhenAll(mounting));

        var state = await CheckAsync(host, plan, cancellationToken);
        var said = failures.OfType<string>().ToList();
        return state.IsReady || said.Count == 0 ? state : new StepState(StepStatus.Failed, string.Join("; ", said.Prepend(state.Message)));
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken)
    {
        foreach (var path in await client.ListAsync(host, cancellationToken))
        {
            await client.LeaveAsync(host, path, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<string>> StaleAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
    [
        .. (await client.ListAsync(host, cancellationToken))
            .Except(plan.Stores.Select(store => store.MountPath), StringComparer.Ordinal)
            .Except(plan.KeptMountPaths, StringComparer.Ordinal),
    ];

    /// <summary>What is not ready, in the words of all; null when everything is. As long as something can be mended, that is what is to be done.</summary>
    private static StepState? Sum(IReadOnlyCollection<StepState> states)
    {
        var open = states.Where(state => !state.IsReady).ToList();
        StepStatus[] order = [StepStatus.Drifted, StepStatus.Failed, StepStatus.InProgress, StepStatus.Blocked];
        return open.Count == 0
            ? null
            : new StepState(order.First(status => open.Exists(state => state.Status == status)), string.Join("; ", open.Select(state => state.Message)));
    }

    /// <summary>A server that is away must not keep the stores of the others from being mounted.</summary>
    private static async Task<string?> TryAsync(string complaint, Func<Task> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (Exception exception) when (StepFailures.Explain(exception) is not null)
        {
            return $"{complaint}: {StepFailures.Explain(exception)}";
        }
    }

    /// <summary>All at once: each dead server costs its time limit, and all of them together no more than that.</summary>
    private async Task<(StoreMount Store, StepState State)[]> CheckStoresAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        await Task.WhenAll(plan.Stores.Select(async store =>
        {
            try
            {
                return (store, await client.CheckAsync(host, store, cancellationToken));
            }
            catch (Exception exception) when (StepFailures.Explain(exception) is not null)
            {
                return (store, new StepState(StepStatus.Failed, $"the mount of {store.MountPath} cannot be checked: {StepFailures.Explain(exception)}"));
            }
        }));
}
