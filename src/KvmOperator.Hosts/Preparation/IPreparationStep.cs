using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// One step of what people do by hand to make a machine a KVM host. Every call may be repeated any number of times, also after a call that was cut off half way.
/// All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
/// </summary>
public interface IPreparationStep
{
    /// <summary>Which step this is.</summary>
    PreparationStep Step { get; }

    /// <summary>Compares what is with what should be. Changes nothing.</summary>
    Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken);

    /// <summary>Makes what should be, and says how it is then. Long work goes on after the call: <see cref="StepStatus.InProgress"/>.</summary>
    Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken);

    /// <summary>Takes away what the operator added, when the host leaves the pool. The machine and everything that a person did on it stays as it is.</summary>
    Task RemoveAsync(IHostShell host, CancellationToken cancellationToken);
}
