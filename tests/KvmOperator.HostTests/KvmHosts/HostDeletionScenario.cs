using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A host is not let go while guests run there, can be emptied all the same, and then goes. One that is dead goes when a person says so.</summary>
public sealed class HostDeletionScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>After this time without a look, nothing is known of a host any more.</summary>
    private static readonly TimeSpan MemoryOfLooks = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_host_with_a_guest_stays_until_the_guest_was_moved_away()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        var target = Other(source);

        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", source, "--wait=false");
        var refused = await Cluster.UntilAsync<KvmHost>(
            source, "the deletion is refused", host => host.Status.IsNot(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning), Deadline, CancellationToken);
        Assert.Contains("default/xx", refused.Status.Condition(KvmHostConditions.Drained)!.Message, StringComparison.Ordinal);
        Assert.Contains("VmMigration", refused.Status.Condition(CommonConditions.Ready)!.Message, StringComparison.Ordinal);
        Assert.Contains(KvmHostReasons.GuestsRunning, await Cluster.EventReasonsAsync(source, CancellationToken));

        // It is watched on for longer than a look is remembered, and its peer was looked at again and still lets it in.
        var beat = refused.Status!.LastHeartbeatTime!.Value;
        var peer = (await Cluster.GetAsync<KvmHost>(target, CancellationToken)).Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<KvmHost>(source, "it is watched on", host => host.Status!.LastHeartbeatTime > beat + MemoryOfLooks, Deadline, CancellationToken);
        await Cluster.UntilAsync<KvmHost>(target, "its peer was looked at", host => host.Status!.LastHeartbeatTime > peer && host.Status.Is(CommonConditions.Ready), Deadline, CancellationToken);
        await Lab.Machines.RunAsync(target, $"grep -q {source} /etc/hosts && grep -q {source} /root/.ssh/authorized_keys && grep -q {source} /root/.ssh/known_hosts", CancellationToken);

        var move = await MoveAsync("leave", "xx", target);
        Assert.True(move.Status!.Phase == VmMigrationPhase.Succeeded, move.Status.Condition(CommonConditions.Succeeded)?.Message);
        await Cluster.UntilGoneAsync<KvmHost>(source, Deadline, CancellationToken);
        Assert.Equal([target], await HostsRunningAsync("xx"));
        await KvmLab.UntilAsync(
            $"{target} has forgotten {source}",
            async () => !(await Lab.Machines.TryRunAsync(target, $"grep -q {source} /etc/hosts /root/.ssh/authorized_keys /root/.ssh/known_hosts", CancellationToken)).Succeeded,
            Deadline,
            CancellationToken);
    }

    [Fact]
    public async Task A_dead_host_says_why_it_stays_and_goes_when_a_person_confirms_that_it_is_off()
    {
        await Lab.Machines.VerbAsync(CancellationToken, "crash", "node2");
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", "node2", "--wait=false");
        var refused = await Cluster.UntilAsync<KvmHost>(
            "node2", "it is said why it stays", host => host.Status.Condition(CommonConditions.Ready)?.Message.Contains(Annotations.ConfirmPoweredOff, StringComparison.Ordinal) == true, Deadline, CancellationToken);
        Assert.True(refused.Status.IsNot(KvmHostConditions.Reachable, KvmHostReasons.Unreachable));

        await Cluster.KubectlAsync(CancellationToken, "annotate", "kvmhost", "node2", $"{Annotations.ConfirmPoweredOff}=node2/{refused.Status!.Failover!.Id}");

        await Cluster.UntilGoneAsync<KvmHost>("node2", Deadline, CancellationToken);
    }
}
