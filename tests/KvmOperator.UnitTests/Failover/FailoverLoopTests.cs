using System.Globalization;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Settings;
using Xunit;

namespace KvmOperator.UnitTests.Failover;

/// <summary>What the product does when a host dies, with its own loop, planners and mapping of statuses; only machines and the API server are fakes.</summary>
public sealed class FailoverLoopTests
{
    private static readonly TimeSpan UntilItSees = TimeSpan.FromSeconds(35);

    [Fact]
    public async Task A_host_whose_power_is_cut_is_shut_out_before_its_guest_starts_elsewhere_and_everything_is_written_first()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        var cut = rig.Clock.GetUtcNow();
        await rig.UntilAsync(() => rig.Starts.Count > 0);

        // Faked machines take no time: what is left is the decision and the turns.
        Assert.InRange(rig.Clock.GetUtcNow() - cut, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(15));
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Recovered);
        Assert.Equal(["xx on node2"], rig.Starts);
        Assert.Equal("node2", rig.Guest().Status!.Host);
        Assert.Null(rig.Guest().Status!.Failover);
        Assert.Equal(("node1", "node2", GuestFailoverState.Started), (rig.Guest().Status!.LastFailover!.From, rig.Guest().Status!.LastFailover!.Target, rig.Guest().Status!.LastFailover!.State));
        InOrder(rig, "record node1 Fencing", "fence node1", "record xx to node2", "define xx on node2", "start xx on node2", "record xx on node2");
        Assert.Contains("forget node1 on node2", rig.Done);
        Assert.StartsWith("True ShutOut", rig.Condition("node1", KvmHostConditions.Fenced), StringComparison.Ordinal);
        var proof = Assert.Single(rig.Host("node1").Status!.Failover!.Proofs);
        Assert.Equal(("192.168.122.1", FailoverRig.ServerBoot), (proof.Server, proof.BootId));
        Assert.Contains(rig.Events, text => text.StartsWith("xx FailedOver", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_follows_from_a_failure_where_failover_is_not_armed()
    {
        var rig = new FailoverRig(isArmed: false);
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(rig.Done);
        Assert.Null(rig.State());
        Assert.StartsWith("True NotArmed", rig.Condition("node1", KvmHostConditions.Disarmed), StringComparison.Ordinal);
        Assert.StartsWith("False AsExpected", rig.Condition("node1", KvmHostConditions.Fenced), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_switches_it_off_for_a_while_with_a_reason_and_it_goes_on_by_itself_afterwards()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Set(FailoverDisarm.ConfigMap, ("until", rig.Clock.GetUtcNow().AddMinutes(10).ToString("O", CultureInfo.InvariantCulture)), ("reason", "the switch is changed"));
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Equal((HostFailoverState.Held, "Disarmed"), (rig.State(), rig.Host("node1").Status!.Failover!.Held));
        Assert.DoesNotContain("fence node1", rig.Done);
        Assert.Contains("the switch is changed", rig.Condition("node2", KvmHostConditions.Disarmed), StringComparison.Ordinal);

        await rig.UntilAsync(() => rig.Starts.Count > 0);
        await rig.PassAsync(TimeSpan.FromSeconds(2));
        Assert.StartsWith("False Armed", rig.Condition("node2", KvmHostConditions.Disarmed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_that_cannot_be_understood_holds_it_back()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Set(FailoverDisarm.ConfigMap, ("until", "soon"), ("reason", "work"));
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(HostFailoverState.Held, rig.State());
        Assert.DoesNotContain("fence node1", rig.Done);
    }

    [Fact]
    public async Task A_new_operator_convicts_nobody_before_it_has_watched_for_half_a_minute()
    {
        var rig = new FailoverRig();
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromSeconds(25));
        Assert.DoesNotContain("fence node1", rig.Done);

        await rig.UntilAsync(() => rig.Starts.Count > 0, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_short_silence_is_no_failure()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromSeconds(9));
        rig.Answer("node1", restarted: false);
        await rig.UntilAsync(() => rig.State() is null, TimeSpan.FromSeconds(20));
        await rig.PassAsync(TimeSpan.FromMinutes(1));

        Assert.DoesNotContain("fence node1", rig.Done);
        Assert.Empty(rig.Starts);
        Assert.Null(rig.Host("node1").Status!.LastFailover);
    }

    [Fact]
    public async Task Without_the_server_nobody_is_convicted_and_no_guest_starts()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.IsServerAlive = false;
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(HostFailoverState.Held, rig.State());
        Assert.Empty(rig.Starts);
    }

    [Fact]
    public async Task A_server_that_could_not_prove_it_is_said_so_by_day_and_fences_nobody_at_night()
    {
        var rig = new FailoverRig { Facts = new(false, true, 1 << 30, "storage") };
        await rig.PassAsync(TimeSpan.FromMinutes(2));
        Assert.StartsWith("False NoFencing: 192.168.122.1 does not list its NFS clients", rig.Condition("node1", KvmHostConditions.FencingReady), StringComparison.Ordinal);

        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal((HostFailoverState.Held, "NoMethod"), (rig.State(), rig.Host("node1").Status!.Failover!.Held));
        Assert.Empty(rig.Starts);
    }

    [Fact]
    public async Task What_the_server_still_lets_in_is_no_proof_and_is_told()
    {
        var rig = new FailoverRig { Showing = read => read with { Exports = ["/srv/images *"] } };
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(HostFailoverState.Fencing, rig.State());
        Assert.Empty(rig.Starts);
        Assert.True(rig.Done.Count(what => what == "fence node1") > 3);
        Assert.Single(rig.Events, text => text.Contains("the export table still lets it in: /srv/images *", StringComparison.Ordinal));
        Assert.StartsWith("False", rig.Condition("node1", KvmHostConditions.Fenced), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_still_locked_goes_back_to_the_fence()
    {
        var isLocked = true;
        var rig = new FailoverRig
        {
            Before = what =>
            {
                if (what.StartsWith("start", StringComparison.Ordinal) && isLocked)
                {
                    isLocked = false;
                    var command = RemoteCommand.Of("virsh", "start");
                    throw new CommandFailedException("node2", command, new CommandResult(1, null, default, System.Text.Encoding.UTF8.GetBytes("Failed to get \"write\" lock"), TimeSpan.Zero));
                }
            },
        };
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.Starts.Count > 0);

        Assert.Equal(2, rig.Done.Count(what => what == "fence node1"));
        Assert.Equal(["xx on node2"], rig.Starts);
    }

    [Fact]
    public async Task A_host_that_thaws_is_cleaned_before_it_is_let_in_and_counts_again_after_a_minute()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Recovered);
        rig.Answer("node1", restarted: false);
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Returning);
        var back = rig.Clock.GetUtcNow();
        await rig.UntilAsync(() => rig.State() is null);

        Assert.True(rig.Clock.GetUtcNow() - back > TimeSpan.FromSeconds(50));
        InOrder(rig, "start xx on node2", "destroy on node1", "clean node1", "unfence node1");
        Assert.Equal(["xx on node2"], rig.Starts);
        Assert.False(rig.Runs("node1"));
        Assert.True(rig.Runs("node2"));
        Assert.Empty(rig.Marks);
        await rig.UntilAsync(() => rig.Condition("node1", KvmHostConditions.Fenced).StartsWith("False", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(rig.Host("node1").Status!.LastFailover!.Id, Assert.Single(rig.Host("node1").Status!.Failures).Id);
    }

    [Fact]
    public async Task The_guests_own_controller_leaves_it_alone_until_it_runs_elsewhere_and_then_takes_no_notice_of_the_old_one()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        Assert.Null(rig.DecidedBy());
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Fencing);
        Assert.Equal("node1", rig.DecidedBy());
        await rig.UntilAsync(() => rig.Guest().Status!.Failover is not null);
        Assert.Equal("node1", rig.DecidedBy());
        await rig.UntilAsync(() => rig.Guest().Status!.LastFailover is not null);
        Assert.Null(rig.DecidedBy());

        // It thaws with its old guest: nobody is told that it runs twice, and to decide which one is right.
        rig.Answer("node1", restarted: false);
        await rig.PassAsync(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["node2"], rig.Locate().Running);
    }

    [Fact]
    public async Task A_host_that_restarted_meanwhile_is_cleaned_in_its_new_boot()
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Recovered);
        rig.Answer("node1", restarted: true);
        await rig.UntilAsync(() => rig.State() is null);

        InOrder(rig, "start xx on node2", "clean node1", "unfence node1");
    }

    [Fact]
    public async Task Guests_that_their_owners_want_left_or_off_or_that_cannot_be_made_again_stay_and_say_why()
    {
        var rig = new FailoverRig { Kept = name => name == "unkept" ? null : FailoverRig.KeptOf(name) };
        rig.PutGuest("left", change: spec => spec with { Availability = new VirtualMachineAvailability { OnHostFailure = HostFailurePolicy.Leave } });
        rig.PutGuest("off", change: spec => spec with { RunStrategy = RunStrategy.Halted });
        rig.PutGuest("poweroff", change: spec => spec with { Availability = new VirtualMachineAvailability { RequirePowerOff = true } });
        rig.PutGuest("unkept");
        foreach (var name in new[] { "left", "poweroff", "unkept" })
        {
            rig.Run("node1", name);
        }

        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Recovered);
        await rig.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(["xx on node2"], rig.Starts);
    }

    [Fact]
    public async Task Guests_of_a_higher_priority_are_started_first()
    {
        var rig = new FailoverRig();
        rig.PutGuest("dns", change: spec => spec with { Availability = new VirtualMachineAvailability { Priority = 100 } });
        rig.PutGuest("batch", change: spec => spec with { Availability = new VirtualMachineAvailability { Priority = -5 } });
        rig.Run("node1", "dns");
        rig.Run("node1", "batch");
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.Starts.Count == 3);

        Assert.Equal(["dns on node2", "xx on node2", "batch on node2"], rig.Starts);
    }

    [Fact]
    public async Task A_person_confirms_for_this_failure_alone_that_the_machine_is_off()
    {
        var rig = new FailoverRig { Facts = new(false, true, 1 << 30, "storage") };
        await rig.PassAsync(UntilItSees);
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.State() == HostFailoverState.Held && rig.Host("node1").Status!.Failover!.Held == "NoMethod");
        rig.Change("node1", host => Confirmed(host, "node1/20200101-000000"));
        await rig.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HostFailoverState.Held, rig.State());
        Assert.Empty(rig.Starts);

        rig.Change("node1", host => Confirmed(host, $"node1/{host.Status!.Failover!.Id}"));
        await rig.UntilAsync(() => rig.Starts.Count > 0);
        Assert.Equal(["xx on node2"], rig.Starts);
        Assert.True(rig.Host("node1").Status!.Failover!.ConfirmedOff);
    }

    [Fact]
    public async Task By_day_it_is_said_whether_the_rest_could_take_the_guests()
    {
        var rig = new FailoverRig();
        rig.PutGuest("large", change: spec => spec with { Memory = new ResourceQuantity("64Gi") });
        rig.Run("node1", "large");
        await rig.PassAsync(TimeSpan.FromMinutes(1));

        Assert.StartsWith("False NoRoom: if it failed, no host could take default/large", rig.Condition("node1", KvmHostConditions.FailoverAdmitted), StringComparison.Ordinal);
        Assert.StartsWith("True", rig.Condition("node2", KvmHostConditions.FailoverAdmitted), StringComparison.Ordinal);
        Assert.StartsWith("True AsExpected: it could be shut out by 192.168.122.1", rig.Condition("node1", KvmHostConditions.FencingReady), StringComparison.Ordinal);
    }

    /// <summary>Killed before and after everything that it does, from the first record to the return: the next one brings it to the same end, and the guest is never started twice.</summary>
    [Fact]
    public async Task The_next_operator_goes_on_wherever_one_was_killed()
    {
        var whole = await LifeAsync(null);
        Assert.Contains("unfence node1", whole.Done);
        for (var number = 0; number < whole.Done.Count; number++)
        {
            foreach (var after in new[] { false, true })
            {
                var rig = await LifeAsync((number, after));
                var where = $"killed {(after ? "after" : "before")} {whole.Done[number]}";
                Assert.True(rig.Kill is null, $"{where}: it was not killed");
                Assert.True(rig.Starts is ["xx on node2"] || (after && rig.Starts is ["xx on node2", "xx on node2"] && whole.Done[number].StartsWith("start", StringComparison.Ordinal)), $"{where}: {string.Join(", ", rig.Starts)}");
                Assert.True(rig.Runs("node2") && !rig.Runs("node1"), where);
                Assert.True(rig.Epoch == 2, where);
                Assert.Single(rig.Host("node1").Status!.Failures);
                Assert.Empty(rig.Marks);
            }
        }
    }

    private static async Task<FailoverRig> LifeAsync((int Number, bool After)? kill)
    {
        var rig = new FailoverRig();
        await rig.PassAsync(UntilItSees);
        rig.Kill = kill;
        rig.Silence("node1");
        await rig.UntilAsync(() => rig.Guest().Status!.LastFailover is not null && rig.State() == HostFailoverState.Recovered);
        rig.Answer("node1", restarted: false);
        await rig.UntilAsync(() => rig.State() is null);
        return rig;
    }

    private static KvmHost Confirmed(KvmHost host, string word)
    {
        host.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.ConfirmPoweredOff] = word };
        return host;
    }

    private static void InOrder(FailoverRig rig, params string[] effects)
    {
        var places = effects.Select(effect => rig.Done.ToList().IndexOf(effect)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }
}
