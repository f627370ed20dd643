using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Operator;

/// <summary>A scenario with guests in the ready pool.</summary>
public abstract class GuestScenario(LabFixture fixture) : OperatorScenario(fixture)
{
    /// <summary>Under emulation a guest's start takes a while.</summary>
    protected static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(4);

    /// <summary>It waits for an end and judges no speed: a slow emulated machine took more than five minutes for a move that waited for another one.</summary>
    protected static readonly TimeSpan MoveDeadline = TimeSpan.FromMinutes(10);

    private protected static string Domain(string guest) => "default_" + guest;

    private protected static string Other(string host) => host == "node1" ? "node2" : "node1";

    private protected static bool IsOver(VmMigration move) => move.Status?.Phase is VmMigrationPhase.Succeeded or VmMigrationPhase.Failed or VmMigrationPhase.Cancelled;

    /// <summary>Applies a guest and waits until it runs.</summary>
    private protected async Task<VirtualMachine> RunningGuestAsync(string name, string more = "")
    {
        await Cluster.ApplyAsync(PoolManifests.Guest(name, more), CancellationToken);
        return await UntilRunningAsync(name);
    }

    private protected Task<VirtualMachine> UntilRunningAsync(string name) => Cluster.UntilAsync<VirtualMachine>(
        $"default/{name}",
        "the guest runs",
        guest => guest.Status is { Phase: "Running" } && guest.Status.ObservedGeneration == guest.Metadata.Generation && guest.Status.Is(CommonConditions.Ready),
        StartDeadline,
        CancellationToken);

    private protected Task<VirtualMachine> UntilPhaseAsync(string name, string phase) => Cluster.UntilAsync<VirtualMachine>(
        $"default/{name}",
        $"its phase is {phase}",
        guest => guest.Status?.Phase == phase && guest.Status.ObservedGeneration == guest.Metadata.Generation,
        StartDeadline,
        CancellationToken);

    /// <summary>The strategy of guests that are left as people leave them, on one host.</summary>
    private protected static string ByHand(string host) => $"  runStrategy: Manual\n  placement: {{hostRef: {{name: {host}}}}}";

    /// <summary>Changes what a host is used for, as a person does, or Git.</summary>
    private protected Task UseAsync(string host, HostMode mode) => Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", host, "--type=merge", "-p", $"{{\"spec\": {{\"mode\": \"{mode}\"}}}}");

    /// <summary>Waits until a host says that no guest is left there.</summary>
    private protected Task<KvmHost> UntilDrainedAsync(string host) =>
        Cluster.UntilAsync<KvmHost>(host, "no guest is left there", one => one.Status.Is(KvmHostConditions.Drained), MoveDeadline, CancellationToken);

    /// <summary>Waits until a host says of a guest why it is left.</summary>
    private protected Task<KvmHost> UntilLeftAsync(string host, string guest, string why) => Cluster.UntilAsync<KvmHost>(
        host,
        $"it is said of {guest}: {why}",
        one => one.Status.Condition(KvmHostConditions.Drained) is { Status: "False", Message: { } message } && message.Contains($"default/{guest}: ", StringComparison.Ordinal) && message.Contains(why, StringComparison.Ordinal),
        MoveDeadline,
        CancellationToken);

    /// <summary>The moves that the operator made to drain a host.</summary>
    private protected async Task<IReadOnlyList<VmMigration>> DrainMovesAsync(string host) =>
        await Cluster.Client.ListAsync<VmMigration>("default", $"{Labels.Purpose}={Labels.Drain},{Labels.LeavesHost}={host}", CancellationToken);

    /// <summary>Lets moves that the operator makes take as long as they do on emulated machines.</summary>
    private protected Task GiveMovesTimeAsync() => SetAsync(("completionTimeoutPerGiB", "1000"));

    /// <summary>Applies settings of the operator; those that were there before are gone.</summary>
    private protected Task SetAsync(params (string Key, string Value)[] settings) => Cluster.ApplyAsync(
        $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kvm-operator-settings, namespace: kvm-operator}}\ndata:\n{string.Concat(settings.Select(setting => $"  {setting.Key}: \"{setting.Value}\"\n"))}", CancellationToken);

    /// <summary>Makes guests that run on one host, although others would take them, too.</summary>
    private protected async Task RunningGuestsOnAsync(string host, params (string Name, string More)[] guests)
    {
        foreach (var other in Lab.Manifests.HostNames.Where(other => other != host))
        {
            await UseAsync(other, HostMode.Cordoned);
        }

        foreach (var (name, more) in guests)
        {
            Assert.Equal(host, (await RunningGuestAsync(name, more)).Status!.Host);
        }

        foreach (var other in Lab.Manifests.HostNames.Where(other => other != host))
        {
            await UseAsync(other, HostMode.Active);
        }
    }

    /// <summary>Starts a guest by hand, which runs when people say so, and waits until that is told.</summary>
    private protected async Task StartByHandAsync(string host, string guest)
    {
        await Lab.Machines.RunAsync(host, $"virsh start {Domain(guest)}", CancellationToken, MoveDeadline);
        await UntilToldAsync(host, guest, runs: true);
    }

    /// <summary>Ends a guest by hand as a power cut would, and waits until that is told.</summary>
    private protected async Task DestroyByHandAsync(string host, string guest)
    {
        await Lab.Machines.RunAsync(host, $"virsh destroy {Domain(guest)}", CancellationToken, MoveDeadline);
        await UntilToldAsync(host, guest, runs: false);
    }

    /// <summary>Waits until guest and host both say whether it runs.</summary>
    private protected async Task UntilToldAsync(string host, string guest, bool runs)
    {
        await Cluster.UntilAsync<VirtualMachine>(
            $"default/{guest}", runs ? "it is said to run" : "it is said to be off", one => one.Status.Condition(VirtualMachineConditions.Running)?.Status == (runs ? "True" : "False"), StartDeadline, CancellationToken);
        await Cluster.UntilAsync<KvmHost>(
            host, runs ? "the guest is said to run there" : "the guest is no longer said to run there", one => one.Status!.VirtualMachines.Contains($"default/{guest}", StringComparer.Ordinal) == runs, StartDeadline, CancellationToken);
    }

    private protected async Task<VmMigration> MoveAsync(string name, string guest, string? target = null, string more = "")
    {
        await Cluster.ApplyAsync(PoolManifests.Migration(name, guest, target, more), CancellationToken);
        return await UntilOverAsync(name);
    }

    private protected Task<VmMigration> UntilOverAsync(string name) =>
        Cluster.UntilAsync<VmMigration>($"default/{name}", "the move is over", IsOver, MoveDeadline, CancellationToken);

    private protected Task<VmMigration> UntilMovePhaseAsync(string name, VmMigrationPhase phase) => Cluster.UntilAsync<VmMigration>(
        $"default/{name}", $"its phase is {phase}", move => move.Status?.PhaseTransitions.Any(transition => transition.Phase == phase) == true, MoveDeadline, CancellationToken);

    /// <summary>The hosts on which a guest runs, asked on the machines. They are asked one after the other, so a guest that changes its host in between is looked for once more on the first.</summary>
    private protected async Task<IReadOnlyList<string>> HostsRunningAsync(string guest)
    {
        var running = new List<string>();
        foreach (var host in Lab.Manifests.HostNames)
        {
            if (await RunsAsync(host, guest))
            {
                running.Add(host);
            }
        }

        if (running.Count > 1 && !await RunsAsync(running[0], guest))
        {
            running.RemoveAt(0);
        }

        return running;
    }

    /// <summary>A move that has to have succeeded; what it says of itself is shown when it has not.</summary>
    private protected static VmMigration Succeeded(VmMigration move, string when = "")
    {
        Assert.True(move.Status?.Phase == VmMigrationPhase.Succeeded, $"{when}{Story(move)}");
        return move;
    }

    /// <summary>A move that has to have failed for a reason.</summary>
    private protected static VmMigration Failed(VmMigration move, string reason)
    {
        Assert.True(move.Status?.Phase == VmMigrationPhase.Failed && move.Status.Condition(CommonConditions.Succeeded)?.Reason == reason, Story(move));
        return move;
    }

    /// <summary>What a move says of itself.</summary>
    private protected static string Story(VmMigration move) =>
        $"{move.Metadata.Name} is {move.Status?.Phase}: {string.Join("; ", move.Status?.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Reason} ({condition.Message})") ?? [])}";

    private async Task<bool> RunsAsync(string host, string guest) => (await Lab.RunningDomainsAsync(host, CancellationToken)).Contains(Domain(guest), StringComparer.Ordinal);

    /// <summary>Waits until the guest counts on its console: then it listens there, too. Its address says nothing, since the lease may be that of the boot before.</summary>
    private protected Task UntilItCountsAsync(string host, string guest) =>
        Lab.Machines.RunAsync(host, $"timeout {Patience.Seconds(240)} grep -a -m 1 '^counter' <\"$(virsh ttyconsole {Domain(guest)})\"", CancellationToken, TimeSpan.FromMinutes(5));

    /// <summary>
    /// Types a line on the guest's console and waits for its answer. QEMU reads what was typed only while somebody has the terminal open, and a shell that opens
    /// it itself would get it as its controlling terminal, with all the signals that brings: hence the subshell.
    /// </summary>
    private protected Task TypeAsync(string host, string guest, string line, string answer) => Lab.Machines.RunAsync(
        host,
        $"(exec 3<>\"$(virsh ttyconsole {Domain(guest)})\"; printf '{line}\\n' >&3; timeout {Patience.Seconds(120)} grep -a -m 1 '{answer}' <&3); exit $?",
        CancellationToken,
        TimeSpan.FromMinutes(3));
}
