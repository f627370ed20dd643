using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Status;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Verification;
using Microsoft.Extensions.Time.Testing;
using Xunit;

using ApiProgress = KvmOperator.Api.VmMigrations.MigrationProgress;
using HostsProgress = KvmOperator.Hosts.Libvirt.MigrationProgress;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>When a move is given up, when the guest goes on at the target, and what is said when that broke.</summary>
public sealed class MigrationPolicyTests
{
    private const int PausedPostCopy = 12, PausedPostCopyFailed = 13, RunningPostCopyFailed = 11;

    private static readonly VmMigrationSpec Patient = new();
    private static readonly VmMigrationSpec PostCopy = new() { PostCopy = true };
    private static readonly ApiProgress Some = new() { Percent = 10, Iteration = 2 };

    [Fact]
    public void Only_time_ends_a_move_without_post_copy()
    {
        var hopeless = Some with { Iteration = 50, NotConvergingSinceIteration = 2 };

        Assert.Equal(MigrationStep.GoOn, MigrationPolicy.Next(Patient, hopeless, switched: false, timeIsUp: false));
        Assert.Equal(MigrationStep.GiveUp, MigrationPolicy.Next(Patient, hopeless, switched: false, timeIsUp: true));
    }

    [Theory]
    [InlineData(1, 1_978_368, true)]
    [InlineData(2, 1_978_368, false)]
    [InlineData(2, 1_800_000, false)]
    [InlineData(2, 1_500_000, true)]
    public void A_guest_that_writes_nearly_as_much_as_is_sent_does_not_converge(int iteration, long written, bool expected) =>
        Assert.Equal(expected, MigrationReports.Converges(new HostsProgress(269_230_080, 440_669_893, 48_467_968, 1_872_157, written, iteration, TimeSpan.Zero, null)));

    [Theory]
    [InlineData(2, null, false)]
    [InlineData(9, null, false)]
    [InlineData(2, 2, false)]
    [InlineData(4, 2, false)]
    [InlineData(5, 2, true)]
    [InlineData(9, 6, true)]
    public void Post_copy_begins_when_the_guest_did_not_converge_for_three_iterations(int iteration, int? since, bool expected) =>
        Assert.Equal(expected ? MigrationStep.PostCopy : MigrationStep.GoOn, MigrationPolicy.Next(PostCopy, Some with { Iteration = iteration, NotConvergingSinceIteration = since }, switched: false, timeIsUp: false));

    [Fact]
    public void At_the_latest_post_copy_begins_when_the_time_is_up_and_a_move_that_never_connected_is_given_up()
    {
        Assert.Equal(MigrationStep.PostCopy, MigrationPolicy.Next(PostCopy, Some, switched: false, timeIsUp: true));
        Assert.Equal(MigrationStep.GiveUp, MigrationPolicy.Next(PostCopy, null, switched: false, timeIsUp: true));
    }

    [Fact]
    public void There_is_no_way_back_from_post_copy()
    {
        Assert.Equal(MigrationStep.PostCopy, MigrationPolicy.Next(PostCopy, Some, switched: true, timeIsUp: false));
        Assert.Equal(MigrationStep.PostCopy, MigrationPolicy.Next(PostCopy, null, switched: true, timeIsUp: true));
    }

    [Fact]
    public void Not_converging_counts_from_its_first_iteration_and_begins_anew_after_a_better_one()
    {
        ApiProgress? shown = null;
        int?[] expected = [null, 2, 2, null, 5, 5];
        for (var iteration = 1; iteration <= expected.Length; iteration++)
        {
            shown = MigrationReports.Progress(shown, new HostsProgress(100, 0, 50, 10, iteration == 4 ? 5 : 20, iteration, TimeSpan.Zero, null), DateTime.UnixEpoch);
            Assert.Equal(expected[iteration - 1], shown.NotConvergingSinceIteration);
        }
    }

    [Fact]
    public void What_was_said_about_post_copy_stays_said_while_its_pages_follow()
    {
        var conditions = new ConditionList([], VmMigrationConditions.All, 1, new FakeTimeProvider());
        MigrationReports.TellPostCopy(conditions, "node2");

        MigrationReports.Tell(conditions, PostCopy, new HostsProgress(100, 0, 50, 10, 0, 6, TimeSpan.Zero, null));

        Assert.True(MigrationReports.IsPostCopy(conditions));
    }

    [Fact]
    public void Post_copy_that_broke_is_told_from_two_guests_that_run()
    {
        var paused = Given.Domain(DomainState.Paused, PausedPostCopyFailed);
        var running = Given.Domain(DomainState.Running, 1);

        Assert.True(MigrationOutcomes.PostCopyBroke(paused, running));
        Assert.True(MigrationOutcomes.PostCopyBroke(Given.Domain(DomainState.Paused, PausedPostCopy), Given.Domain(DomainState.Running, RunningPostCopyFailed)));
        Assert.True(MigrationOutcomes.PostCopyBroke(paused, null));
        Assert.True(MigrationOutcomes.PostCopyBroke(null, paused));
        Assert.False(MigrationOutcomes.PostCopyBroke(running, running));
        Assert.False(MigrationOutcomes.PostCopyBroke(null, Given.Domain(DomainState.Running, 10)));
        Assert.False(MigrationOutcomes.PostCopyBroke(running, null));
    }

    [Fact]
    public void Nobody_is_told_to_end_a_guest_whose_memory_is_on_two_hosts()
    {
        var move = FakePair.Move();

        var unknown = new MigrationVerdict(MigrationOutcome.Unknown, null, JobState.Missing);
        var broken = MigrationReports.WhatToDo(move, unknown with { PostCopyBroke = true }, "default_xx", "fd00::2");
        Assert.Contains("--postcopy --postcopy-resume default_xx qemu+ssh://root@[fd00::2]/system", broken, StringComparison.Ordinal);
        Assert.DoesNotContain("destroy", broken, StringComparison.Ordinal);
        Assert.Contains("virsh destroy", MigrationReports.WhatToDo(move, unknown, "default_xx", "node2"), StringComparison.Ordinal);
    }
}
