using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Keeps SELinux in the mode that somebody asked for, and lets guests use NFS. A machine without SELinux is fine.</summary>
internal sealed class Selinux(StepJobs jobs) : IPreparationStep
{
    private static readonly string Script = HostScripts.Read("Preparation/selinux.sh");

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Selinux;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        StepState.Parse((await host.RequireAsync(RemoteCommand.Script(Script, "check", plan.Selinux.ToString()), cancellationToken)).OutputText);

    /// <summary>To rebuild the policy for a permission takes long on a slow machine.</summary>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        await jobs.RunAsync(host, "selinux", Script, ["apply", plan.Selinux.ToString()], cancellationToken)
            ? await CheckAsync(host, plan, cancellationToken)
            : new StepState(StepStatus.InProgress, "SELinux's policy is being rebuilt");

    /// <summary>Nothing was added: a mode is a decision of its own, and other guests may depend on the permission.</summary>
    public Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => Task.CompletedTask;
}
