using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Prepares machines, keeps them prepared, and leaves them. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface IHostPreparation
{
    /// <summary>
    /// Checks those steps that are due, in order, and mends what differs. A step that is not ready holds back only those that need it, so that one pass tells as much as can be told.
    /// A step whose commands fail or take too long is reported as <see cref="StepStatus.Failed"/>; only what concerns the connection is thrown.
    /// A pass over a prepared host changes nothing and reports <see cref="StepReport.Mended"/> as null everywhere.
    /// </summary>
    /// <param name="host">The machine.</param>
    /// <param name="plan">What it should be.</param>
    /// <param name="due">The steps to look at.</param>
    /// <param name="told">Called after each step when something is to be done, which can take minutes: what was told is done, whatever becomes of the call.</param>
    /// <param name="cancellationToken">Gives up after the command under way.</param>
    /// <returns>The steps that were looked at: on a slow machine not all that are due. The next call goes on.</returns>
    Task<IReadOnlyList<StepReport>> RunAsync(IHostShell host, HostPlan plan, IReadOnlySet<PreparationStep> due, Func<StepReport, Task> told, CancellationToken cancellationToken);

    /// <summary>Takes away, last step first, what the operator added. Refusing while guests run is the caller's part.</summary>
    Task RemoveAsync(IHostShell host, CancellationToken cancellationToken);
}
