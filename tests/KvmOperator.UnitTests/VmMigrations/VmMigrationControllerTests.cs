using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Api;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using Xunit;
using MigrationProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>Moves from their beginning to their end, on hosts that are made up.</summary>
public sealed class VmMigrationControllerTests : IDisposable
{
    private readonly MoveRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_guest_moves_and_both_hosts_are_asked_before_that_is_said()
    {
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Preparing);
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal(["asked node2", "began on node1 to node2"], rig.Pair.Done);

        rig.Pair.Job = new JobState(JobPhase.Succeeded, 0, "success", string.Empty, string.Empty);
        (rig.Pair.Domains["node1"], rig.Pair.Domains["node2"]) = (null, Given.Domain(DomainState.Running));
        move = await rig.ReconcileAsync(move, Token, VmMigrationPhase.Succeeded);

        Assert.Equal("True Moved: moved from node1 to node2", MoveRig.Said(move));
        Assert.Contains("VirtualMachine Normal Moved: VmMigration move: moved from node1 to node2", rig.Events);
    }

    [Fact]
    public async Task A_move_that_the_operator_made_says_why()
    {
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(Drain(), Token, VmMigrationPhase.Preparing);

        Assert.Equal("node1 is drained", move.Status!.Reason);
        Assert.Equal("asked for", (await rig.ReconcileAsync(rig.Move("other"), Token)).Status!.Reason);
    }

    [Fact]
    public async Task A_drain_moves_no_guest_that_has_left_already()
    {
        (rig.Pair.Domains["node1"], rig.Pair.Domains["node2"]) = (null, Given.Domain(DomainState.Running));
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(Drain("node3"), Token, VmMigrationPhase.Succeeded);

        Assert.Equal("True AlreadyThere: nothing is to be done: the guest is on node2, and not on node1 any more", MoveRig.Said(move));
        Assert.Empty(rig.Pair.Done);
    }

    [Fact]
    public async Task A_drain_waits_until_a_guest_is_off_that_wants_to_be_and_a_person_s_move_does_not()
    {
        rig.ChangeGuest(spec => spec with { Availability = new VirtualMachineAvailability { OnEviction = EvictionPolicy.Shutdown } });
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(Drain(), Token);
        Assert.StartsWith("Unknown DependencyNotReady: it waits: the guest is asked to shut down first", MoveRig.Said(move), StringComparison.Ordinal);
        await rig.ReconcileAsync(rig.Move("mine"), Token, VmMigrationPhase.Preparing);
    }

    [Fact]
    public async Task A_guest_that_is_off_moves_with_its_definition()
    {
        rig.ChangeGuest(spec => spec with { RunStrategy = RunStrategy.Halted });
        rig.Pair.Domains["node1"] = Given.Domain(DomainState.ShutOff);
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Succeeded);

        Assert.Equal("True Moved: moved from node1 to node2", MoveRig.Said(move));
        Assert.Null(move.Status!.DowntimeMilliseconds);
    }

    [Fact]
    public async Task A_source_that_dies_and_is_let_go_ends_the_move_by_what_the_target_says()
    {
        var move = rig.Begun(VmMigrationPhase.Running);
        rig.Pair.Job = FakePair.Running;
        rig.Pair.Silent.Add("node1");
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal(VmMigrationPhase.Running, move.Status!.Phase);
        Assert.StartsWith("Unknown OutcomeUnknown", MoveRig.Said(move), StringComparison.Ordinal);

        rig.Pair.Gone.Add("node1");
        move = await rig.ReconcileAsync(move, Token, VmMigrationPhase.Failed);

        Assert.Equal(
            "False MigrationFailed: the guest is on neither host (there is no KvmHost node1 any more, so what was there counts as lost): see the VirtualMachine, which is looked for everywhere.",
            MoveRig.Said(move));
    }

    [Fact]
    public async Task A_target_that_dies_and_is_let_go_ends_the_move_by_what_the_source_says()
    {
        var move = rig.Begun(VmMigrationPhase.Verifying);
        rig.Pair.Job = new JobState(JobPhase.Failed, 1, "exit-code", string.Empty, "error: the connection broke");
        rig.Pair.Gone.Add("node2");

        move = await rig.ReconcileAsync(move, Token, VmMigrationPhase.Failed);

        Assert.Equal("False MigrationFailed: error: the connection broke. The guest is on node1 as before; a new VmMigration tries again.", MoveRig.Said(move));
    }

    [Fact]
    public async Task A_guest_does_not_arrive_on_a_host_that_was_let_go()
    {
        rig.Pair.Job = FakePair.Running;
        rig.Pair.Gone.Add("node2");

        await rig.ReconcileAsync(rig.Begun(VmMigrationPhase.Running), Token);
        Assert.Equal(["gave up on node1"], rig.Pair.Done);

        rig.Pair.Job = JobState.Missing;
        var move = await rig.ReconcileAsync(rig.Begun(VmMigrationPhase.Preparing), Token, VmMigrationPhase.Failed);
        Assert.DoesNotContain(rig.Pair.Done, deed => deed.StartsWith("began", StringComparison.Ordinal));
        Assert.StartsWith("False MigrationFailed: there is no KvmHost node2 any more. The guest is on node1 as before", MoveRig.Said(move), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_a_host_refuses_to_begin_is_over_and_does_not_hold_the_guest()
    {
        rig.Pair.Beginning = () => throw Refused("error: unsupported configuration: machine type 'pc-q35-9.2'");

        var move = await rig.ReconcileAsync(rig.Begun(VmMigrationPhase.Preparing), Token, VmMigrationPhase.Failed);

        Assert.StartsWith("False MigrationFailed: \"virsh define\" on node2 ended with status 1: error: unsupported configuration", MoveRig.Said(move), StringComparison.Ordinal);
        Assert.Contains("The guest is on node1 as before", MoveRig.Said(move), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_cannot_be_begun_in_its_time_is_over()
    {
        var move = rig.Begun(VmMigrationPhase.Preparing, timeoutSeconds: 60);
        rig.Pair.Beginning = () => throw new MachineUnavailableException("node2 cannot be asked.");
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal(VmMigrationPhase.Preparing, move.Status!.Phase);

        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        move = await rig.ReconcileAsync(move, Token, VmMigrationPhase.Failed);

        Assert.Equal(
            "False TimedOut: it could not be begun within spec.timeoutSeconds (60 s): node2 cannot be asked. The guest is on node1 as before; a new VmMigration tries again.",
            MoveRig.Said(move));
    }

    [Fact]
    public async Task A_move_waits_for_its_turn_without_a_limit_and_for_an_obstacle_as_long_as_its_spec_says()
    {
        await rig.SeeAsync(Token);
        var other = rig.Begun(VmMigrationPhase.Running);
        other.Metadata.Name = other.Metadata.Uid = "other";
        rig.Add(other);
        var move = await rig.ReconcileAsync(rig.Move(timeoutSeconds: 60), Token);
        Assert.StartsWith("Unknown WaitingForSlot", MoveRig.Said(move), StringComparison.Ordinal);

        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.SeeAsync(Token);
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal((VmMigrationPhase.Pending, null), (move.Status!.Phase, move.Status.WaitingSince));

        // Now the guest is on its way elsewhere, and found nowhere: from here on the time counts.
        rig.Pair.Domains["node1"] = null;
        await rig.SeeAsync(Token);
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal((VmMigrationPhase.Pending, rig.Clock.GetUtcNow().UtcDateTime), (move.Status!.Phase, move.Status.WaitingSince));
        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        move = await rig.ReconcileAsync(move, Token);

        Assert.Equal("False DependencyNotReady: the guest is not there yet; the time of spec.timeoutSeconds is up. Create a new VmMigration.", MoveRig.Said(move));
        Assert.Null(move.Status!.WaitingSince);
    }

    [Fact]
    public async Task An_operator_that_has_just_started_ends_no_old_move_before_it_knows_the_hosts()
    {
        var move = rig.Move(timeoutSeconds: 60);
        rig.Clock.Advance(TimeSpan.FromHours(2));

        move = await rig.ReconcileAsync(move, Token);

        Assert.Equal("Unknown DependencyNotReady: it waits: the hosts are being asked for the guest", MoveRig.Said(move));
        await rig.SeeAsync(Token);
        Assert.Equal(VmMigrationPhase.Preparing, (await rig.ReconcileAsync(move, Token, VmMigrationPhase.Preparing)).Status!.Phase);
    }

    [Fact]
    public async Task A_host_that_did_not_answer_once_is_not_said_to_be_silent_when_it_answers_again()
    {
        rig.Pair.Job = FakePair.Running;
        rig.Pair.Progress = new MigrationProgress(100, 10, 90, 1, 0, 1, TimeSpan.Zero, null);
        rig.Pair.Silent.Add("node1");
        var move = await rig.ReconcileAsync(rig.Begun(VmMigrationPhase.Running), Token);
        Assert.StartsWith("Unknown OutcomeUnknown: node1 cannot be asked. It is tried again", MoveRig.Said(move), StringComparison.Ordinal);

        rig.Pair.Silent.Clear();
        move = await rig.ReconcileAsync(move, Token);

        Assert.Equal("Unknown InProgress: memory is sent from node1 to node2", MoveRig.Said(move));
    }

    [Fact]
    public async Task A_move_that_sends_nothing_says_so_and_what_to_do_until_something_is_sent()
    {
        rig.Pair.Job = FakePair.Running;
        rig.Pair.Progress = new MigrationProgress(0, 0, 0, 0, 0, 0, TimeSpan.Zero, null);
        var move = await rig.ReconcileAsync(rig.Begun(VmMigrationPhase.Running), Token);
        Assert.Equal("Unknown InProgress: node1 connects to node2", MoveRig.Said(move));
        Assert.DoesNotContain("True", MoveRig.Said(move, VmMigrationConditions.Converging), StringComparison.Ordinal);

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        move = await rig.ReconcileAsync(move, Token);
        Assert.StartsWith("Unknown InProgress: nothing has been sent from node1 to node2 since 00:00:00 UTC", MoveRig.Said(move), StringComparison.Ordinal);

        rig.Pair.Progress = new MigrationProgress(100, 10, 90, 1, 0, 1, TimeSpan.Zero, null);
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal("Unknown InProgress: memory is sent from node1 to node2", MoveRig.Said(move));

        // It stands still in the middle.
        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        move = await rig.ReconcileAsync(move, Token);
        Assert.StartsWith("Unknown InProgress: nothing has been sent from node1 to node2 since 00:02:00 UTC", MoveRig.Said(move), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_somebody_let_go_on_at_the_target_is_not_said_to_be_given_up_when_its_time_is_up()
    {
        const int ByPostCopy = 12;
        var move = rig.Begun(VmMigrationPhase.Running, timeoutSeconds: 60);
        rig.Pair.Job = FakePair.Running;
        rig.Pair.Domains["node1"] = Given.Domain(DomainState.Paused, ByPostCopy);
        rig.Clock.Advance(TimeSpan.FromSeconds(61));

        move = await rig.ReconcileAsync(move, Token);

        Assert.Equal("Unknown InProgress: memory is sent from node1 to node2", MoveRig.Said(move));
        Assert.StartsWith("False PostCopyStarted", MoveRig.Said(move, VmMigrationConditions.Converging), StringComparison.Ordinal);

        // Also when nothing comes for long: the guest is on the target, and nobody may be told to give it up.
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal("Unknown InProgress: memory is sent from node1 to node2", MoveRig.Said(move));
    }

    [Fact]
    public async Task A_move_without_a_target_goes_to_the_first_host_that_nothing_speaks_against()
    {
        rig.Pair.Facts["node2"] = FakePair.Fine with { MissingNetworks = ["br7"] };
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Preparing);

        Assert.Equal("node3", move.Status!.TargetHost);
        Assert.Equal(["asked node2", "asked node3", "began on node1 to node3"], rig.Pair.Done);
    }

    [Fact]
    public async Task A_move_is_written_down_before_it_begins_and_begun_by_a_later_pass_when_the_first_one_could_not()
    {
        await rig.SeeAsync(Token);
        rig.Pair.Beginning = () => throw new MachineUnavailableException("node1 cannot be asked.");

        var move = await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Preparing);
        Assert.Equal(("node1", "node2"), (move.Status!.SourceHost, move.Status.TargetHost));
        Assert.StartsWith("Unknown OutcomeUnknown", MoveRig.Said(move), StringComparison.Ordinal);

        rig.Pair.Beginning = () => { };
        await rig.ReconcileAsync(move, Token);

        Assert.Equal(["asked node2", "began on node1 to node2"], rig.Pair.Done);
    }

    [Fact]
    public async Task When_every_host_refuses_each_is_named_with_its_reason()
    {
        rig.Pair.Facts["node2"] = FakePair.Fine with { MissingNetworks = ["br7"] };
        rig.Pair.Facts["node3"] = FakePair.Fine with { NameTaken = true, HostDevices = true };
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Failed);

        Assert.StartsWith("False PreflightRefused: node2 has no active network or bridge br7", MoveRig.Said(move), StringComparison.Ordinal);
        Assert.Contains("; node3 has a domain of that name", MoveRig.Said(move), StringComparison.Ordinal);
        Assert.Null(move.Status!.TargetHost);
    }

    [Fact]
    public async Task A_busy_host_keeps_no_other_one_from_being_tried()
    {
        rig.Pair.Facts["node2"] = FakePair.Fine with { CommandIsLate = true };
        await rig.SeeAsync(Token);
        Assert.Equal("node3", (await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Preparing)).Status!.TargetHost);
    }

    [Fact]
    public async Task A_host_that_cannot_be_asked_is_no_reason_to_refuse_a_move_for_good()
    {
        rig.Pair.Facts["node2"] = FakePair.Fine with { CommandIsLate = true };
        rig.Pair.Facts["node3"] = FakePair.Fine with { NameTaken = true };
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(await rig.ReconcileAsync(rig.Move(), Token), Token);
        Assert.Equal("Unknown DependencyNotReady: it waits: node1 got no answer from libvirt on node2 within 40 s, or only a broken one", MoveRig.Said(move));

        rig.Pair.Silent.Add("node2");
        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal("Unknown DependencyNotReady: it waits: node2 cannot be asked", MoveRig.Said(move));
    }

    [Fact]
    public async Task A_pass_that_comes_too_late_does_not_set_a_move_back()
    {
        await rig.SeeAsync(Token);
        var stale = await rig.ReconcileAsync(rig.Move(), Token, VmMigrationPhase.Preflight);
        rig.Add(rig.Begun(VmMigrationPhase.Running), version: 2);

        await Assert.ThrowsAsync<InvalidOperationException>(() => rig.ReconcileAsync(stale, Token));
    }

    [Fact]
    public async Task A_target_that_is_asked_for_is_the_only_one()
    {
        rig.Pair.Facts["node2"] = FakePair.Fine with { NameTaken = true };
        await rig.SeeAsync(Token);

        var move = await rig.ReconcileAsync(rig.Move(target: "node2"), Token, VmMigrationPhase.Failed);
        Assert.StartsWith("False PreflightRefused: node2 has a domain of that name", MoveRig.Said(move), StringComparison.Ordinal);

        move = await rig.ReconcileAsync(rig.Move("two", target: "node9"), Token, VmMigrationPhase.Failed);
        Assert.StartsWith("False PreflightRefused: there is no KvmHost node9", MoveRig.Said(move), StringComparison.Ordinal);

        move = await rig.ReconcileAsync(rig.Move("three", target: "node1"), Token, VmMigrationPhase.Succeeded);
        Assert.Equal("True AlreadyThere: already on node1", MoveRig.Said(move));
    }

    [Fact]
    public async Task The_same_move_of_a_guest_whose_object_was_made_anew_was_done_before_and_one_that_was_deleted_and_applied_again_is_not()
    {
        await rig.SeeAsync(Token);
        await rig.ReconcileAsync(rig.Move("done", target: "node1"), Token, VmMigrationPhase.Succeeded);
        (rig.Pair.Domains["node2"], rig.Pair.Domains["node1"]) = (rig.Pair.Domains["node1"], null);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await rig.SeeAsync(Token);

        var again = await rig.ReconcileAsync(Again("second"), Token, VmMigrationPhase.Preflight, VmMigrationPhase.Succeeded);
        Assert.Equal(VmMigrationPhase.Preflight, again.Status!.Phase);

        rig.RecreateGuest();
        again = await rig.ReconcileAsync(Again("third"), Token, VmMigrationPhase.Preparing, VmMigrationPhase.Succeeded);
        Assert.StartsWith("True AlreadyDone: already done before this cluster: the guest's domain on node2", MoveRig.Said(again), StringComparison.Ordinal);

        var other = await rig.ReconcileAsync(rig.Move("other", target: "node1"), Token, VmMigrationPhase.Preparing, VmMigrationPhase.Succeeded);
        Assert.Equal(VmMigrationPhase.Preparing, other.Status!.Phase);

        VmMigration Again(string uid)
        {
            var move = rig.Move("done", target: "node1");
            move.Metadata.Uid = uid;
            return move;
        }
    }

    [Fact]
    public async Task A_guest_remembers_the_move_that_brought_it()
    {
        rig.Pair.Domains["node2"] = Given.Domain(DomainState.Running);
        rig.Pair.Domains["node1"] = null;
        rig.Pair.Job = new JobState(JobPhase.Succeeded, 0, "success", string.Empty, string.Empty);

        await rig.ReconcileAsync(rig.Begun(VmMigrationPhase.Verifying), Token, VmMigrationPhase.Succeeded);

        var mark = Assert.Single(rig.Pair.Domains["node2"]!.Moves);
        Assert.Equal(("move", "xx"), (mark.Name, mark.Guest));
    }

    [Fact]
    public async Task A_move_that_says_so_is_deleted_when_its_time_after_its_end_is_over()
    {
        var move = rig.Begun(VmMigrationPhase.Succeeded);
        move.Spec = move.Spec with { TtlSecondsAfterFinished = 60 };
        move.Status = move.Status! with { CompletionTime = rig.Clock.GetUtcNow().UtcDateTime };

        Assert.Equal(TimeSpan.FromSeconds(60), await rig.NextAsync(move, Token));
        Assert.Empty(rig.Api.Deleted);
        rig.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Null(await rig.NextAsync(move, Token));
        Assert.Equal(["move"], rig.Api.Deleted);
    }

    [Fact]
    public async Task Of_the_operators_own_moves_the_last_five_of_a_guest_stay_and_of_others_all()
    {
        for (var number = 0; number < 14; number++)
        {
            var move = rig.Begun(VmMigrationPhase.Succeeded);
            move.Metadata.Name = move.Metadata.Uid = $"move-{number:00}";
            move.Metadata.Labels = number % 2 == 0 ? new Dictionary<string, string>(StringComparer.Ordinal) { [Labels.CreatedBy] = Labels.Operator } : null;
            move.Status = move.Status! with { CompletionTime = rig.Clock.GetUtcNow().UtcDateTime.AddMinutes(number) };
            rig.Add(move, version: number + 1);
            Assert.Null(await rig.NextAsync(move, Token));
        }

        Assert.Equal(["move-00", "move-02"], rig.Api.Deleted.Distinct());
    }

    [Fact]
    public async Task Memory_that_was_given_away_while_the_hosts_were_asked_is_not_promised_twice()
    {
        await rig.SeeAsync(Token);
        var move = await rig.ReconcileAsync(rig.Move(target: "node2"), Token);
        rig.Pair.Asked = () =>
        {
            var large = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "large", NamespaceProperty = "default", Uid = "large" }, Spec = Given.Spec() with { Memory = new ResourceQuantity("700Mi") } };
            rig.Add(large);
            rig.Gate.Placed(EntityKey.Of(large), "node2");
        };

        move = await rig.ReconcileAsync(move, Token);
        Assert.Equal(VmMigrationPhase.Preflight, move.Status!.Phase);

        move = await rig.ReconcileAsync(move, Token);
        Assert.StartsWith("False PreflightRefused: node2 does not take it: 186 MiB of memory are left", MoveRig.Said(move), StringComparison.Ordinal);
    }

    private static CommandFailedException Refused(string error) => new(
        "node2", RemoteCommand.Of("virsh", "define"), new CommandResult(1, null, default, System.Text.Encoding.UTF8.GetBytes(error), TimeSpan.Zero));

    private VmMigration Drain(string target = "node2")
    {
        var move = rig.Move("drain", target);
        move.Metadata.Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [Labels.CreatedBy] = Labels.Operator, [Labels.Purpose] = Labels.Drain, [Labels.LeavesHost] = "node1" };
        move.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.MoveReason] = "node1 is drained" };
        return move;
    }
}
