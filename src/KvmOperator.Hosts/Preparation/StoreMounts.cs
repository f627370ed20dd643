using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Mounts the stores of the pool, now and after every start.</summary>
internal sealed class StoreMounts(INfsClient client) : IPreparationStep
{
    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.StoreMounts;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        if (await StaleAsync(host, plan, cancellationToken) is { Count: > 0 } left)
        {
            return new StepState(StepStatus.Drifted, $"stores are mounted that do not belong here any more: {string.Join(", ", left)}");
        }

        foreach (var store in plan.Stores)
        {
            var state = await client.CheckAsync(host, store, cancellationToken);
            if (!state.IsReady)
            {
                return state;
            }
        }

        return new StepState(StepStatus.Ready, plan.Stores.Count == 0 ? "there is no store to mount" : "all stores are mounted");
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        foreach (var path in await StaleAsync(host, plan, cancellationToken))
        {
            await client.UnmountAsync(host, path, cancellationToken);
        }

        foreach (var store in plan.Stores)
        {
            await client.MountAsync(host, store, cancellationToken);
        }

        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken)
    {
        foreach (var path in await client.ListAsync(host, cancellationToken))
        {
            await client.UnmountAsync(host, path, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<string>> StaleAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
    [
        .. (await client.ListAsync(host, cancellationToken))
            .Except(plan.Stores.Select(store => store.MountPath), StringComparer.Ordinal)
            .Except(plan.KeptMountPaths, StringComparer.Ordinal),
    ];
}
