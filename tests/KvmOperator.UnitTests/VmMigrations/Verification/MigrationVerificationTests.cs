using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Migrations;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Verification;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations.Verification;

/// <summary>Where a guest is after its move, with two hosts that are made up.</summary>
public sealed class MigrationVerificationTests
{
    private readonly FakePair pair = new();
    private readonly MigrationVerification verification;

    public MigrationVerificationTests() => verification = new MigrationVerification(pair, pair, pair, NullLogger<MigrationVerification>.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_definition_that_is_left_on_the_other_host_is_removed()
    {
        pair.Domains["node1"] = Given.Domain(DomainState.ShutOff);
        pair.Domains["node2"] = Given.Domain(DomainState.Running);

        var verdict = await verification.JudgeAsync(FakePair.Move(), Token);

        Assert.Equal((MigrationOutcome.OnTarget, 42L), (verdict.Outcome, verdict.DowntimeMilliseconds));
        Assert.Equal(["removed from node1"], pair.Done);
    }

    [Fact]
    public async Task A_guest_that_was_just_started_where_it_was_to_be_removed_is_not_touched_and_found_there()
    {
        // Off on both: the source keeps it. Before the target's definition is removed, somebody starts it there.
        pair.Domains["node1"] = Given.Domain(DomainState.ShutOff);
        pair.Domains["node2"] = Given.Domain(DomainState.ShutOff);
        pair.BeforeRemoval = () => pair.Domains["node2"] = Given.Domain(DomainState.Running);

        var verdict = await verification.JudgeAsync(FakePair.Move(), Token);

        Assert.Equal(MigrationOutcome.OnTarget, verdict.Outcome);
        Assert.Equal(DomainState.Running, pair.Domains["node2"]!.State);
        Assert.Equal(["removed from node1"], pair.Done);
    }

    [Fact]
    public async Task The_last_definition_of_a_guest_is_not_removed()
    {
        const int ByMigration = 2;
        pair.Domains["node1"] = Given.Domain(DomainState.ShutOff);
        pair.Domains["node2"] = Given.Domain(DomainState.Paused, ByMigration);
        var half = await verification.JudgeAsync(FakePair.Move(), Token);
        Assert.Equal((MigrationOutcome.Unknown, true), (half.Outcome, half.HalfArrived));

        pair.Domains["node2"] = Given.Domain(DomainState.Running);
        pair.Transient.Add("node2");
        Assert.Equal(MigrationOutcome.OnTarget, (await verification.JudgeAsync(FakePair.Move(), Token)).Outcome);
        Assert.Empty(pair.Done);
    }

    [Fact]
    public async Task A_guest_that_waits_for_the_memory_of_a_host_that_was_let_go_did_not_arrive()
    {
        const int ByMigration = 2;
        pair.Domains["node2"] = Given.Domain(DomainState.Paused, ByMigration);
        pair.Gone.Add("node1");
        Assert.Equal(MigrationOutcome.Unknown, (await verification.JudgeAsync(FakePair.Move(), Token)).Outcome);

        pair.Domains["node2"] = null;
        Assert.Equal(MigrationOutcome.Gone, (await verification.JudgeAsync(FakePair.Move(), Token)).Outcome);
    }

    [Fact]
    public async Task Nothing_is_judged_while_the_job_runs_or_a_host_does_not_answer()
    {
        pair.Domains["node1"] = Given.Domain(DomainState.Running);
        pair.Job = new JobState(JobPhase.Running, null, string.Empty, string.Empty, string.Empty);
        Assert.Equal(MigrationOutcome.Unknown, (await verification.JudgeAsync(FakePair.Move(), Token)).Outcome);

        pair.Job = JobState.Missing;
        pair.Silent.Add("node2");
        await Assert.ThrowsAsync<MachineUnavailableException>(() => verification.JudgeAsync(FakePair.Move(), Token));
    }

    [Theory]
    [InlineData("node1", "OnTarget")]
    [InlineData("node2", "OnSource")]
    public async Task A_host_that_was_let_go_while_the_move_ran_has_nothing_of_the_guest(string gone, string expected)
    {
        pair.Domains["node1"] = Given.Domain(DomainState.Running);
        pair.Domains["node2"] = Given.Domain(DomainState.Running);
        pair.Gone.Add(gone);

        var verdict = await verification.JudgeAsync(FakePair.Move(), Token);

        Assert.Equal(expected, verdict.Outcome.ToString());
        Assert.Equal([gone], verdict.GoneHosts);
        await verification.ForgetAsync(FakePair.Move(), Token);
        Assert.Equal(gone == "node1" ? [] : ["forgot uid on node1"], pair.Done);
    }

    [Fact]
    public async Task When_both_hosts_were_let_go_the_guest_is_gone()
    {
        pair.Gone.UnionWith(["node1", "node2"]);

        Assert.Equal(MigrationOutcome.Gone, (await verification.JudgeAsync(FakePair.Move(), Token)).Outcome);
    }

    [Fact]
    public async Task A_guest_whose_other_half_was_on_a_host_that_was_let_go_is_not_said_to_be_moved()
    {
        const int ByPostCopy = 10;
        pair.Domains["node2"] = Given.Domain(DomainState.Running, ByPostCopy);
        pair.Gone.Add("node1");

        Assert.True((await verification.JudgeAsync(FakePair.Move(), Token)).PostCopyBroke);
    }

    [Fact]
    public async Task A_source_that_is_gone_takes_no_verdict_back()
    {
        await verification.TryForgetAsync(FakePair.Move(), Token);
        Assert.Equal(["forgot uid on node1"], pair.Done);

        pair.Silent.Add("node1");
        await verification.TryForgetAsync(FakePair.Move(), Token);
        await Assert.ThrowsAsync<MachineUnavailableException>(() => verification.ForgetAsync(FakePair.Move(), Token));
    }
}
