using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Keeps SELinux in its mode and lets guests use NFS. A machine without SELinux is fine.</summary>
internal sealed class Selinux(StepJobs jobs) : IPreparationStep
{
    /// <summary><c>$1</c> is the mode, <c>$2</c> check or apply.</summary>
    private const string Script =
        """
        mode=$1 verb=$2 config=/etc/selinux/config
        differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }
        if [ "$mode" = Unmanaged ]; then echo 'ready SELinux is left as it is'; exit 0; fi
        if ! command -v getenforce >/dev/null; then echo 'ready the machine has no SELinux'; exit 0; fi
        current=$(getenforce)
        # Debian's selinux-utils alone bring the tools but neither a policy nor its configuration.
        if [ ! -f "$config" ] && [ "$current" = Disabled ]; then echo 'ready the machine has no SELinux'; exit 0; fi
        wanted=$(printf %s "$mode" | tr '[:upper:]' '[:lower:]')
        configured=yes
        if [ -f "$config" ] && ! grep -qix "SELINUX=$wanted" "$config"; then
          configured=no
          if differs "$config does not say $wanted"; then
            if grep -q '^SELINUX=' "$config"; then sed -i "s/^SELINUX=.*/SELINUX=$wanted/" "$config"; else echo "SELINUX=$wanted" >> "$config"; fi || exit 1
          fi
        fi
        case $mode/$current in
          # A restart helps only after the file is right.
          Enforcing/Disabled) [ "$configured" = no ] || echo 'blocked SELinux is disabled in the running kernel: restart the host, or set spec.preparation.selinux to Disabled'; exit 0 ;;
          Enforcing/Permissive) differs 'SELinux only logs' && { setenforce 1 || exit 1; } ;;
          Permissive/Enforcing|Disabled/Enforcing) differs 'SELinux is enforcing' && { setenforce 0 || exit 1; } ;;
        esac
        if [ "$current" != Disabled ] && command -v getsebool >/dev/null && getsebool virt_use_nfs >/dev/null 2>&1; then
          getsebool virt_use_nfs | grep -q ' on$' || { differs 'guests may not use NFS' && { setsebool -P virt_use_nfs on || exit 1; }; }
        fi
        echo "ready SELinux is $wanted"
        """;

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Selinux;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        StepState.Parse((await host.RequireAsync(RemoteCommand.Script(Script, plan.Selinux.ToString(), "check"), cancellationToken)).OutputText);

    /// <summary>To rebuild the policy for a permission takes long on a slow machine.</summary>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        await jobs.RunAsync(host, "selinux", Script, [plan.Selinux.ToString(), "apply"], cancellationToken)
            ? await CheckAsync(host, plan, cancellationToken)
            : new StepState(StepStatus.InProgress, "SELinux's policy is being rebuilt");

    /// <summary>Nothing was added: a mode is a decision of its own, and other guests may depend on the permission.</summary>
    public Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => Task.CompletedTask;
}
