using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Runs the steps in their order.</summary>
internal sealed class HostPreparation(IEnumerable<IPreparationStep> steps) : IHostPreparation
{
    private readonly IReadOnlyList<IPreparationStep> steps = [.. steps.OrderBy(step => step.Step)];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepReport>> RunAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var reports = new List<StepReport>();
        foreach (var step in steps)
        {
            var found = await step.CheckAsync(host, plan, cancellationToken);
            if (found.Status != StepStatus.Drifted)
            {
                reports.Add(new StepReport(step.Step, found, Mended: null));
                continue;
            }

            reports.Add(await MendAsync(step, found, host, plan, cancellationToken));
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
