using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Runs the steps in their order.</summary>
internal sealed class HostPreparation(IEnumerable<IPreparationStep> steps, TimeProvider clock) : IHostPreparation
{
    /// <summary>After this time no further step is begun: whoever waits for the whole is cut off after a few minutes, and what was told by then is done.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMinutes(2);

    private readonly IReadOnlyList<IPreparationStep> steps = [.. steps.OrderBy(step => step.Step)];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepReport>> RunAsync(IHostShell host, HostPlan plan, IReadOnlySet<PreparationStep> due, Func<StepReport, Task> told, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(told);
        var began = clock.GetTimestamp();
        var asked = steps.Where(step => due.Contains(step.Step)).ToList();
        var found = await Task.WhenAll(asked.Select(step => FindAsync(step, host, plan, cancellationToken)));
        if (found.All(state => state.IsReady))
        {
            return [.. asked.Zip(found, (step, state) => new StepReport(step.Step, state, Mended: null))];
        }

        var reports = new List<StepReport>();
        var changed = false;
        foreach (var (step, seen) in asked.Zip(found))
        {
            if (reports.Count > 0 && clock.GetElapsedTime(began) >= Budget)
            {
                break;
            }

            // What was found before a step changed the machine may not be so any more.
            var state = changed ? await FindAsync(step, host, plan, cancellationToken) : seen;
            var drifted = state.Status == StepStatus.Drifted;
            var report = drifted ? await MendAsync(step, state, host, plan, cancellationToken) : new StepReport(step.Step, state, Mended: null);
            changed |= drifted;
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

    /// <summary>A prepared host is the usual case, and its checks need not wait for each other. One that fails may need what an earlier step has yet to install.</summary>
    private static async Task<StepState> FindAsync(IPreparationStep step, IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return await step.CheckAsync(host, plan, cancellationToken);
        }
        catch (Exception exception) when (StepFailures.Explain(exception) is not null)
        {
            return new StepState(StepStatus.Failed, $"it could not be checked: {StepFailures.Explain(exception)}");
        }
    }

    private static async Task<StepReport> MendAsync(IPreparationStep step, StepState found, IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            var state = await step.ApplyAsync(host, plan, cancellationToken);
            return new StepReport(step.Step, state, state is { IsReady: true, IsPending: false } ? found.Message : null);
        }
        catch (Exception exception) when (StepFailures.Explain(exception) is not null)
        {
            // One step that the machine refuses must not hide what the others found.
            return new StepReport(step.Step, new StepState(StepStatus.Failed, $"{found.Message}; mending it failed: {StepFailures.Explain(exception)}"), Mended: null);
        }
    }
}
