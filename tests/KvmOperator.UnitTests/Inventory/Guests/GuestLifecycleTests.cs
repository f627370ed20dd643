using CsCheck;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.Inventory.Guests;

/// <summary>What comes next for a guest; above all, that nothing is started while it may run somewhere.</summary>
public sealed class GuestLifecycleTests
{
    private const int Crashed = 3;
    private const int ShutDownReason = 1;

    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly Gen<GuestLocation> Location = Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool,
        (running, defined, unknown, foreign) => new GuestLocation(
            Names("r", running), Names("d", defined), Names("u", unknown), foreign ? "f0" : null,
            running > 0 ? Given.Domain(DomainState.Running) : defined > 0 ? Given.Domain(DomainState.ShutOff) : null));

    [Fact]
    public void Nothing_is_created_or_started_while_it_runs_or_may_run_somewhere() => Gen.Select(Location, Gen.Enum<RunStrategy>(), Gen.Bool).Sample(
        (location, strategy, started) =>
        {
            var status = new VirtualMachineStatus { StartTime = started ? Now.UtcDateTime.AddHours(-1) : null };
            var step = Next(Given.Spec(strategy), status, location, Now);
            return (location.Running.Count == 0 && location.Unknown.Count == 0) || step is not (GuestStep.Create or GuestStep.Start);
        });

    [Fact]
    public void A_guest_that_was_placed_and_never_started_does_not_wait_for_hosts_that_cannot_have_it()
    {
        var nowhere = new GuestLocation([], [], ["node2"], null, null);

        Assert.Equal(new GuestStep.Create(), Next(Given.Spec(), new VirtualMachineStatus { Host = "node1" }, nowhere, Now));
        Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), new VirtualMachineStatus { Host = "node2" }, nowhere, Now));
        Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), new VirtualMachineStatus { Host = "node1", StartTime = Now.UtcDateTime }, nowhere, Now));
    }

    [Fact]
    public void A_guest_that_is_off_at_its_own_home_is_started_there_while_others_are_silent()
    {
        var status = new VirtualMachineStatus { Host = "node1", StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running("True", "AsExpected", Now.AddHours(-1)) };
        var home = new GuestLocation([], ["node1"], ["node2", "node3"], null, Given.Domain(DomainState.ShutOff, Crashed));

        Assert.Equal("node1", Assert.IsType<GuestStep.Start>(Next(Given.Spec(), status, home, Now)).Host);
        Assert.IsType<GuestStep.Rest>(Next(Given.Spec(RunStrategy.Halted), status, home, Now));

        // It was last elsewhere, its home is itself silent, it went away from here by hand, or nobody wrote down where it was.
        const int Migrated = 4;
        Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), status with { Host = "node2" }, home, Now));
        Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), status, home with { Defined = [], Domain = null, Unknown = ["node1"] }, Now));
        Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), status, home with { Domain = Given.Domain(DomainState.ShutOff, Migrated) }, Now));
        Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), status with { Host = null }, home, Now));
    }

    [Fact]
    public void A_guest_of_which_nothing_is_known_may_be_new_only_if_no_host_has_anything_of_it()
    {
        var nowhere = new GuestLocation([], [], ["node2"], null, null);

        Assert.True(Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), new VirtualMachineStatus(), nowhere, Now)).MayBeNew);
        Assert.False(Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), new VirtualMachineStatus(), nowhere with { Defined = ["node1"], Domain = Given.Domain(DomainState.ShutOff) }, Now)).MayBeNew);
        Assert.False(Assert.IsType<GuestStep.Ask>(Next(Given.Spec(), new VirtualMachineStatus { StartTime = Now.UtcDateTime }, nowhere, Now)).MayBeNew);
    }

    [Fact]
    public void Two_running_ones_are_never_touched() => Gen.Select(Location, Gen.Enum<RunStrategy>()).Sample(
        (location, strategy) => location.Running.Count < 2 || Next(Given.Spec(strategy), new VirtualMachineStatus(), location, Now) is GuestStep.Conflict);

    [Theory]
    [InlineData(RunStrategy.Always, true)]
    [InlineData(RunStrategy.RerunOnFailure, true)]
    [InlineData(RunStrategy.Manual, false)]
    public void A_guest_that_is_evicted_is_asked_to_end_and_goes_on_afterwards_as_its_strategy_says(RunStrategy strategy, bool isStarted)
    {
        var status = new VirtualMachineStatus { Host = "node1", StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running("True", "AsExpected", Now.AddHours(-1)) };
        var runs = new GuestLocation(["node1"], [], [], null, Given.Domain(DomainState.Running));
        var ended = new GuestLocation([], ["node1"], [], null, Given.Domain(DomainState.ShutOff, ShutDownReason));

        Assert.Equal(new GuestStep.Evict("node1"), GuestLifecycle.Next(GuestReading.Facts(Given.Spec(strategy), status, runs) with { IsEvicted = true }, Now));
        Assert.Equal(isStarted, Next(Given.Spec(strategy), status with { ShutdownRequestedTime = Now.UtcDateTime }, ended, Now) is GuestStep.Start { RestartCount: 0 });

        // Its user's wish goes before that of whoever drains its host.
        Assert.IsType<GuestStep.ShutDown>(GuestLifecycle.Next(GuestReading.Facts(Given.Spec(RunStrategy.Halted), status, runs) with { IsEvicted = true }, Now));
        Assert.IsType<GuestStep.Rest>(Next(Given.Spec(RunStrategy.Halted), status with { ShutdownRequestedTime = Now.UtcDateTime }, ended, Now));
    }

    [Theory]
    [InlineData(RunStrategy.Always, false, ShutDownReason, true)]
    [InlineData(RunStrategy.Always, true, ShutDownReason, true)]
    [InlineData(RunStrategy.RerunOnFailure, false, ShutDownReason, true)]
    [InlineData(RunStrategy.RerunOnFailure, true, ShutDownReason, false)]
    [InlineData(RunStrategy.RerunOnFailure, true, Crashed, true)]
    [InlineData(RunStrategy.Manual, false, ShutDownReason, false)]
    [InlineData(RunStrategy.Manual, true, Crashed, false)]
    [InlineData(RunStrategy.Halted, false, ShutDownReason, false)]
    [InlineData(RunStrategy.Halted, true, Crashed, false)]
    public void A_guest_that_is_off_is_started_as_its_strategy_says(RunStrategy strategy, bool wasStarted, int reason, bool starts)
    {
        var status = new VirtualMachineStatus { StartTime = wasStarted ? Now.UtcDateTime.AddMinutes(-1) : null, Conditions = Running("True", "AsExpected", Now.AddMinutes(-1)) };

        var step = Next(Given.Spec(strategy), status, Off(Given.Domain(DomainState.ShutOff, reason)), Now);

        Assert.Equal(starts, step is GuestStep.Start);
        Assert.Equal(!starts, step is GuestStep.Rest);
    }

    [Theory]
    [InlineData(RunStrategy.RerunOnFailure, ShutDownReason, false)]
    [InlineData(RunStrategy.RerunOnFailure, Crashed, true)]
    [InlineData(RunStrategy.RerunOnFailure, 0, true)]
    [InlineData(RunStrategy.Always, ShutDownReason, true)]
    public void After_a_loss_of_the_cluster_a_guest_that_had_ended_in_order_is_not_run_again(RunStrategy strategy, int reason, bool starts)
    {
        var step = Next(Given.Spec(strategy), new VirtualMachineStatus(), Off(Given.Domain(DomainState.ShutOff, reason)), Now);

        Assert.Equal(starts, step is GuestStep.Start);
    }

    [Theory]
    [InlineData(VirtualMachineReasons.EndedInOrder, false)]
    [InlineData(VirtualMachineReasons.Stopped, true)]
    [InlineData(VirtualMachineReasons.CrashLoopBackOff, true)]
    [InlineData(VirtualMachineReasons.NoHostFits, true)]
    public void How_a_guest_ended_is_kept_when_libvirt_has_forgotten_it(string reason, bool starts)
    {
        const int Forgotten = 0;
        var status = new VirtualMachineStatus { StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running("False", reason, Now.AddMinutes(-30)) };

        var step = Next(Given.Spec(RunStrategy.RerunOnFailure), status, Off(Given.Domain(DomainState.ShutOff, reason == VirtualMachineReasons.EndedInOrder ? Forgotten : ShutDownReason)), Now);

        Assert.Equal(starts, step is GuestStep.Start);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void How_a_guest_ended_is_kept_when_its_host_falls_silent_and_is_restarted(bool inOrder, bool starts)
    {
        var status = new VirtualMachineStatus
        {
            Host = "node1",
            StartTime = Now.UtcDateTime.AddHours(-1),
            EndedInOrderTime = inOrder ? Now.UtcDateTime.AddMinutes(-30) : null,
            Conditions = Running("Unknown", VirtualMachineReasons.HostUnknown, Now.AddMinutes(-20)),
        };

        var step = Next(Given.Spec(RunStrategy.RerunOnFailure), status, Off(Given.Domain(DomainState.ShutOff, 0)), Now);

        Assert.Equal(starts, step is GuestStep.Start);
    }

    [Fact]
    public void How_a_guest_ended_is_decided_once_and_written_down()
    {
        var ran = new VirtualMachineStatus { StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running("True", "AsExpected", Now.AddHours(-1)) };
        var inOrder = Off(Given.Domain(DomainState.ShutOff, ShutDownReason));

        Assert.Equal(new GuestStep.Rest("node1", EndedInOrder: true), Next(Given.Spec(RunStrategy.RerunOnFailure), ran, inOrder, Now));
        Assert.Equal(new GuestStep.Rest("node1", EndedInOrder: true), Next(Given.Spec(RunStrategy.Manual), ran, inOrder, Now));
        Assert.Equal(new GuestStep.Rest("node1", EndedInOrder: false), Next(Given.Spec(RunStrategy.Halted), ran, inOrder, Now));
        Assert.Equal(new GuestStep.Rest("node1", EndedInOrder: false), Next(Given.Spec(RunStrategy.Manual), ran, Off(Given.Domain(DomainState.ShutOff, Crashed)), Now));
    }

    [Theory]
    [InlineData(RunStrategy.RerunOnFailure, "True", "AsExpected", ShutDownReason, true)]
    [InlineData(RunStrategy.Always, "True", "AsExpected", ShutDownReason, true)]
    [InlineData(RunStrategy.RerunOnFailure, "False", VirtualMachineReasons.HostShuttingDown, ShutDownReason, true)]
    [InlineData(RunStrategy.RerunOnFailure, "False", VirtualMachineReasons.EndedInOrder, ShutDownReason, false)]
    [InlineData(RunStrategy.RerunOnFailure, "True", "AsExpected", Crashed, false)]
    [InlineData(RunStrategy.Manual, "True", "AsExpected", ShutDownReason, false)]
    [InlineData(RunStrategy.Halted, "True", "AsExpected", ShutDownReason, false)]
    public void A_guest_that_has_just_ended_in_order_may_have_been_ended_by_its_hosts_shutdown(RunStrategy strategy, string running, string reason, int ended, bool mayBe)
    {
        var status = new VirtualMachineStatus { StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running(running, reason, Now.AddMinutes(-1)) };

        Assert.Equal(mayBe, GuestLifecycle.MayBeItsHostsEnd(GuestReading.Facts(Given.Spec(strategy), status, Off(Given.Domain(DomainState.ShutOff, ended)))));
    }

    [Theory]
    [InlineData(ShutDownReason)]
    [InlineData(0)]
    public void A_guest_that_ended_with_its_host_is_started_again_and_that_is_no_crash(int reason)
    {
        var status = new VirtualMachineStatus { StartTime = Now.UtcDateTime.AddMinutes(-1), RestartCount = 1, Conditions = Running("False", VirtualMachineReasons.HostShuttingDown, Now) };

        var step = Next(Given.Spec(RunStrategy.RerunOnFailure), status, Off(Given.Domain(DomainState.ShutOff, reason)), Now);

        Assert.Equal(new GuestStep.Start("node1", "node1 was shut down, and the guest with it", 1), step);
    }

    [Fact]
    public void A_start_that_waited_is_no_crash_and_keeps_its_reason()
    {
        var status = new VirtualMachineStatus { StartTime = Now.UtcDateTime.AddHours(-1), RestartCount = 2, LastStartReason = "it crashed on node1", Conditions = Running("False", "InProgress", Now) };
        var off = Off(Given.Domain(DomainState.ShutOff));

        Assert.Equal(new GuestStep.Start("node1", "it crashed on node1", 2), Next(Given.Spec(), status, off, Now));
        Assert.Equal(new GuestStep.Start("node1", "it crashed on node1", 2), Next(Given.Spec(), status with { Conditions = Running("False", "StepFailed", Now) }, off, Now));
        Assert.Equal(new GuestStep.Start("node1", "it is wanted again", 2), Next(Given.Spec(), status with { Conditions = Running("False", "DependencyNotReady", Now) }, off, Now));
    }

    [Fact]
    public void A_guest_that_crashes_again_and_again_is_started_later_each_time_and_for_ever()
    {
        Assert.Equal(TimeSpan.Zero, GuestLifecycle.BackOffAfter(0));
        var delays = Enumerable.Range(1, 100).Select(GuestLifecycle.BackOffAfter).ToList();
        Assert.Equal(TimeSpan.FromSeconds(10), delays[0]);
        Assert.Equal(delays.Order(), delays);
        Assert.Equal(TimeSpan.FromMinutes(5), delays[^1]);
    }

    [Fact]
    public void The_back_off_is_waited_out_and_forgotten_after_a_long_run()
    {
        var stopped = Now.AddSeconds(-5);
        var status = new VirtualMachineStatus { StartTime = stopped.UtcDateTime.AddSeconds(-20), RestartCount = 1, Conditions = Running("False", VirtualMachineReasons.CrashLoopBackOff, stopped) };
        var location = Off(Given.Domain(DomainState.ShutOff, Crashed));

        Assert.Equal(new GuestStep.BackOff("node1", Now.AddSeconds(5)), Next(Given.Spec(), status, location, Now));
        Assert.Equal(2, Assert.IsType<GuestStep.Start>(Next(Given.Spec(), status, location, Now.AddSeconds(5))).RestartCount);
        Assert.Equal(1, Assert.IsType<GuestStep.Start>(Next(Given.Spec(), status with { StartTime = stopped.UtcDateTime.AddHours(-1) }, location, Now)).RestartCount);
    }

    [Fact]
    public void A_guest_has_its_time_to_shut_down_and_is_then_powered_off()
    {
        var location = new GuestLocation(["node1"], [], [], null, Given.Domain(DomainState.Running));
        var halted = Given.Spec(RunStrategy.Halted);

        Assert.Equal(new GuestStep.ShutDown("node1", Now.AddSeconds(60)), Next(halted, new VirtualMachineStatus(), location, Now));
        var asked = new VirtualMachineStatus { ShutdownRequestedTime = Now.UtcDateTime.AddSeconds(-59) };
        Assert.IsType<GuestStep.ShutDown>(Next(halted, asked, location, Now));
        Assert.Equal(new GuestStep.PowerOff("node1"), Next(halted, asked, location, Now.AddSeconds(1)));
    }

    [Theory]
    [InlineData(RunStrategy.Always)]
    [InlineData(RunStrategy.RerunOnFailure)]
    [InlineData(RunStrategy.Manual)]
    public void A_guest_that_is_to_be_restarted_is_shut_down_and_started_whatever_its_strategy(RunStrategy strategy)
    {
        var running = new GuestLocation(["node1"], [], [], null, Given.Domain(DomainState.Running));
        var started = new VirtualMachineStatus { Host = "node1", StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running("True", "AsExpected", Now.AddHours(-1)) };
        var asked = started with { ShutdownRequestedTime = Now.UtcDateTime };
        GuestStep Restarted(VirtualMachineStatus status, GuestLocation location, DateTimeOffset now, bool hasBegun) =>
            GuestLifecycle.Next(GuestReading.Facts(Given.Spec(strategy), status, location) with { Restart = new RequestedRestart(hasBegun) }, now);

        Assert.Equal(new GuestStep.Restart("node1", Now.AddSeconds(60)), Restarted(started, running, Now, hasBegun: false));

        // Somebody asked it to shut down an hour ago, for another reason.
        Assert.Equal(new GuestStep.Restart("node1", Now.AddSeconds(60)), Restarted(started with { ShutdownRequestedTime = Now.UtcDateTime.AddHours(-1) }, running, Now, hasBegun: false));
        Assert.Equal(new GuestStep.Restart("node1", Now.AddSeconds(60)), Restarted(asked, running, Now.AddSeconds(59), hasBegun: true));
        Assert.Equal(new GuestStep.PowerOff("node1"), Restarted(asked, running, Now.AddSeconds(60), hasBegun: true));
        Assert.Equal(new GuestStep.Start("node1", "a restart was asked for", 0), Restarted(asked, Off(Given.Domain(DomainState.ShutOff, ShutDownReason)), Now, hasBegun: true));

        // It was started since: by the operator, or elsewhere because its host failed.
        Assert.Equal(new GuestStep.Run("node1"), Restarted(started with { StartTime = Now.UtcDateTime }, running, Now, hasBegun: true));
        Assert.Equal(new GuestStep.Run("node1"), Restarted(asked with { StartTime = Now.UtcDateTime.AddSeconds(5) }, running, Now.AddSeconds(90), hasBegun: true));
    }

    [Fact]
    public void A_guest_that_is_off_is_not_started_by_a_wish_for_a_restart_that_was_not_begun()
    {
        var off = new VirtualMachineStatus { Host = "node1", StartTime = Now.UtcDateTime.AddHours(-1), Conditions = Running("False", VirtualMachineReasons.Stopped, Now.AddHours(-1)) };
        var facts = GuestReading.Facts(Given.Spec(RunStrategy.Manual), off, Off(Given.Domain(DomainState.ShutOff, ShutDownReason)));

        Assert.IsType<GuestStep.Rest>(GuestLifecycle.Next(facts with { Restart = new RequestedRestart(HasBegun: false) }, Now));
        Assert.IsType<GuestStep.Rest>(GuestLifecycle.Next(facts with { Policy = RunPolicy.Halted, Restart = new RequestedRestart(HasBegun: true) }, Now));
    }

    [Fact]
    public void A_guest_whose_disk_failed_stands_still_and_one_that_begins_does_not()
    {
        var location = new GuestLocation(["node1"], [], [], null, Given.Domain(DomainState.Paused, 5));
        Assert.Equal(new GuestStep.StandStill("node1", "its disk could not be written", IsByStorage: true), Next(Given.Spec(), new VirtualMachineStatus(), location, Now));
        Assert.IsType<GuestStep.StartUp>(Next(Given.Spec(), new VirtualMachineStatus(), location with { Domain = Given.Domain(DomainState.Paused, 11) }, Now));
    }

    [Fact]
    public void A_guest_that_crashed_and_whose_process_is_kept_exists_and_is_not_started_a_second_time()
    {
        var crashed = Given.Domain(DomainState.Crashed, 1);
        Assert.True(crashed.IsActive);

        var location = Given.Location(Given.Identity, "node1", new Dictionary<string, HostObservation?> { ["node1"] = Given.Host(crashed) });
        var step = Assert.IsType<GuestStep.StandStill>(Next(Given.Spec(), new VirtualMachineStatus { Host = "node1", StartTime = Now.UtcDateTime }, location, Now));

        Assert.True(step is { IsCrashed: true, IsByStorage: false });
    }

    private static GuestStep Next(VirtualMachineSpec spec, VirtualMachineStatus status, GuestLocation location, DateTimeOffset now) => GuestLifecycle.Next(GuestReading.Facts(spec, status, location), now);

    private static List<string> Names(string prefix, int count) => [.. Enumerable.Range(0, count).Select(index => prefix + index)];

    private static GuestLocation Off(DomainObservation domain) => new([], ["node1"], [], null, domain);

    private static V1Condition[] Running(string status, string reason, DateTimeOffset since) =>
        [new V1Condition { Type = VirtualMachineConditions.Running, Status = status, Reason = reason, Message = "", LastTransitionTime = since.UtcDateTime }];
}
