using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Migrations;
using KvmOperator.Status;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Verification;
using Microsoft.Extensions.Time.Testing;
using Xunit;

using ApiProgress = KvmOperator.Api.VmMigrations.MigrationProgress;
using HostsProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>What is said of a move that is under way, and when it broke.</summary>
public sealed class MigrationReportsTests
{
    private const int PausedPostCopy = 12, PausedPostCopyFailed = 13, RunningPostCopyFailed = 11;

    private static readonly VmMigrationSpec PostCopy = new() { PostCopy = true };

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

        Assert.True(Broke(paused, running));
        Assert.True(Broke(Given.Domain(DomainState.Paused, PausedPostCopy), Given.Domain(DomainState.Running, RunningPostCopyFailed)));
        Assert.True(Broke(paused, null));
        Assert.True(Broke(null, paused));
        Assert.False(Broke(running, running));
        Assert.False(Broke(null, Given.Domain(DomainState.Running, 10)));
        Assert.False(Broke(running, null));
    }

    private static bool Broke(DomainObservation? source, DomainObservation? target) => MigrationOutcomes.PostCopyBroke(source.OnHost(), target.OnHost());

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
