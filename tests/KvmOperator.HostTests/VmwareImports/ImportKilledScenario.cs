using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>The operator is killed with -9 at each step of an import, and its job on the host is killed, too: the next one goes on, and one guest comes of it.</summary>
public sealed class ImportKilledScenario(LabFixture fixture) : VmwareScenario(fixture)
{
    [Theory]
    [InlineData(ImportStep.Inspect)]
    [InlineData(ImportStep.Convert)]
    [InlineData(ImportStep.Define)]
    [InlineData(ImportStep.Boot)]
    [InlineData(ImportStep.Verify)]
    public async Task The_next_operator_goes_on_wherever_the_first_was_killed(ImportStep step)
    {
        var name = $"killed-{step.ToString().ToLowerInvariant()}";
        await MakeMachineAsync(name);
        await Cluster.ApplyAsync(PoolManifests.Import(name, $"{Machines}/{name}"), CancellationToken);
        await Cluster.UntilAsync<VmwareImport>($"default/{name}", $"it has come to {step}", import => HasReached(import, step), ImportDeadline, CancellationToken);

        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        var import = Succeeded(await Cluster.UntilAsync<VmwareImport>($"default/{name}", "the import is over", IsOver, ImportDeadline, CancellationToken));

        Assert.Single(await HostsRunningAsync(name));
        var guest = await Cluster.GetAsync<VirtualMachine>($"default/{name}", CancellationToken);
        Assert.Equal($"{name}/{import.Metadata.Uid}", guest.Metadata.Annotations[Annotations.ImportedBy]);
        await Lab.Machines.RunAsync("node1", $"! ls {Mount}/default_{name}/*.kvm-operator-* 2>/dev/null", CancellationToken);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task A_job_that_is_killed_begins_again(string signal)
    {
        var name = $"job-{signal.ToLowerInvariant()}";
        await MakeMachineAsync(name);
        await Cluster.ApplyAsync(PoolManifests.Import(name, $"{Machines}/{name}"), CancellationToken);
        var converting = await Cluster.UntilAsync<VmwareImport>($"default/{name}", "it converts", import => HasReached(import, ImportStep.Convert), StartDeadline, CancellationToken);

        // It may have ended before: then nothing is there to be killed.
        await Lab.Machines.TryRunAsync(converting.Status!.Host!, $"systemctl kill -s {signal} kvmop-import-{converting.Metadata.Uid}-0", CancellationToken);
        Succeeded(await Cluster.UntilAsync<VmwareImport>($"default/{name}", "the import is over", IsOver, ImportDeadline, CancellationToken));

        Assert.Single(await HostsRunningAsync(name));
        await Lab.Machines.RunAsync("node1", $"! ls {Mount}/default_{name}/*.kvm-operator-* 2>/dev/null", CancellationToken);
    }
}
