using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Runs the steps in their order.</summary>
internal sealed class HostPreparation(IEnumerable<IPreparationStep> steps) : IHostPreparation
{
    private readonly IReadOnlyList<IPreparationStep> steps = [.. steps.OrderBy(step => step.Step)];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepReport>> RunAsync(IHostShell host, HostPlan plan, Func<StepReport, Task> told, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(told);
        if (await FindReadyAsync(host, plan, cancellationToken) is { } ready)
        {
            return ready;
        }

        var reports = new List<StepReport>();
        foreach (var step in steps)
        {
            var found = await step.CheckAsync(host, plan, cancellationToken);
            var report = found.Status == StepStatus.Drifted
                ? await MendAsync(step, found, host, plan, cancellationToken)
                : new StepReport(step.Step, found, Mended: null);
            reports.Add(report);
            await told(report);
        }

        return reports;
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken)
    {
        foreach (var step in steps.Reverse())
        {
            await step.RemoveAsync(host, cancellationToken);
        }
    }

    /// <summary>A prepared host is the usual case, and its checks need not wait for each other. Null when anything is to be done: then the steps' order counts.</summary>
    private async Task<IReadOnlyList<StepReport>?> FindReadyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Task.WhenAll(steps.Select(step => step.CheckAsync(host, plan, cancellationToken)));
            return found.All(state => state.IsReady) ? [.. steps.Zip(found, (step, state) => new StepReport(step.Step, state, Mended: null))] : null;
        }
        catch (CommandFailedException)
        {
            // A check may need what an earlier step has yet to install.
            return null;
        }
    }

    private static async Task<StepReport> MendAsync(IPreparationStep step, StepState found, IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return new StepReport(step.Step, await step.ApplyAsync(host, plan, cancellationToken), found.Message);
        }
        catch (CommandFailedException exception)
        {
            // One step that the machine refuses must not hide what the others found.
            return new StepReport(step.Step, new StepState(StepStatus.Drifted, $"{found.Message}; mending it failed: {exception.Result.ErrorSummary}"), found.Message);
        }
    }
}
