using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.Ssh;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>Who acts on a machine: never an operator that was replaced, and never two installations.</summary>
public sealed class TakeoverScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Host = "node1";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_leader_that_was_frozen_while_it_made_a_guest_does_nothing_after_another_took_over()
    {
        var before = await HighestEpochAsync();
        await Cluster.ApplyAsync(PoolManifests.Guest("xx"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>("default/xx", "it has a place", guest => guest.Status?.Host is not null, StartDeadline, CancellationToken);
        await Lab.Operator!.FreezeAsync(CancellationToken);
        await using var second = await Lab.StartAnotherOperatorAsync(CancellationToken);

        var host = (await UntilRunningAsync("xx")).Status!.Host!;
        Assert.True(await HighestEpochAsync() > before, "the machine was not told of the new leader");
        await Lab.Operator.ThawAsync(CancellationToken);

        Assert.NotEqual(0, await Lab.Operator.UntilEndedAsync(CancellationToken));
        Assert.Equal([host], await HostsRunningAsync("xx"));
        Assert.DoesNotContain(Domain("xx"), await Lab.DefinedDomainsAsync(Other(host), CancellationToken));
        await Lab.BeatsAsync(Host, 2, CancellationToken);
        Assert.True((await Cluster.GetAsync<KvmHost>(Host, CancellationToken)).Status.Is(CommonConditions.Ready));
    }

    [Fact]
    public async Task A_cluster_that_stands_still_for_longer_than_a_lease_ends_the_operator_and_the_next_one_goes_on()
    {
        await Lab.FreezeClusterAsync(CancellationToken);
        await KvmLab.UntilAsync("the operator was started again", () => Task.FromResult(Lab.Operator!.Restarts > 0), Deadline, CancellationToken);
        await Lab.ThawClusterAsync(CancellationToken);

        await Lab.BeatsAsync(Host, 2, CancellationToken);
        Assert.True((await Cluster.GetAsync<KvmHost>(Host, CancellationToken)).Status.Is(CommonConditions.Ready));
    }

    [Fact]
    public async Task A_machine_that_another_installation_holds_is_managed_elsewhere_until_that_one_is_gone()
    {
        await Lab.KillOperatorAsync(CancellationToken);
        await using (var shell = ShellFactory.Create(await Lab.ConnectionToAsync(Host, CancellationToken)))
        {
            await using var held = await shell.OpenAsync(new HostEpoch("elsewhere", 1).Hold(RemoteCommand.Of("cat")), CancellationToken);
            await held.Input.WriteAsync("here\n"u8.ToArray(), CancellationToken);
            Assert.True(await held.Output.ReadAsync(new byte[8], CancellationToken) > 0);
            await Lab.StartOperatorAsync(CancellationToken);

            var refused = await Cluster.UntilAsync<KvmHost>(
                Host, "it is managed elsewhere", host => host.Status.Condition(CommonConditions.Ready)?.Reason == KvmHostReasons.ManagedElsewhere, Deadline, CancellationToken);
            Assert.Contains("elsewhere", refused.Status.Condition(CommonConditions.Ready)!.Message, StringComparison.Ordinal);
        }

        await Cluster.UntilAsync<KvmHost>(Host, "it is managed here again", host => host.Status.Is(CommonConditions.Ready), Deadline, CancellationToken);
    }

    [Fact]
    public async Task A_leader_whose_lease_was_restored_from_a_backup_goes_on_above_what_the_machines_have_seen()
    {
        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.Machines.RunAsync(Host, "for file in /run/kvm-operator/epoch.*; do case $file in *.lock) ;; *) echo 700 >\"$file\" ;; esac; done", CancellationToken);

        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.UntilAsync<KvmHost>(Host, "it is ready", host => host.Status.Is(CommonConditions.Ready), Deadline, CancellationToken);
        await Lab.BeatsAsync(Host, 2, CancellationToken);

        Assert.Equal(701, await HighestEpochAsync());
        Assert.Equal("701", (await Cluster.KubectlAsync(CancellationToken, "-n", "kvm-operator", "get", "lease", "kvm-operator", "-o", "jsonpath={.metadata.annotations.kvmoperator\\.io/epoch}")).Output);
    }

    private async Task<long> HighestEpochAsync() =>
        long.Parse((await Lab.Machines.RunAsync(Host, "cat $(ls /run/kvm-operator/epoch.* | grep -v lock) | sort -n | tail -n 1", CancellationToken)).Output.Trim(), System.Globalization.CultureInfo.InvariantCulture);
}
