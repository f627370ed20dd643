using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>When a host may go, and what is said when it may not.</summary>
public sealed class KvmHostFinalizerTests : IDisposable
{
    private readonly HostRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_host_with_a_guest_stays_and_is_watched_on()
    {
        rig.Look = _ => Given.Host(Given.Domain(DomainState.Running));

        var (host, gone) = await rig.FinalizeAsync(Leaving(), Token);

        Assert.False(gone);
        Assert.Equal(0, rig.Removals);
        var drained = Condition(host, KvmHostConditions.Drained);
        Assert.Equal(("False", KvmHostReasons.GuestsRunning), (drained.Status, drained.Reason));
        Assert.Contains("default/xx", drained.Message, StringComparison.Ordinal);
        Assert.Equal("Draining", host.Status!.Phase);
        Assert.Equal(["default/xx"], host.Status.VirtualMachines);
        Assert.Equal(rig.Clock.GetUtcNow().UtcDateTime, host.Status.LastHeartbeatTime);
        Assert.Single(rig.Observations.Find("node1")!.Domains);
        Assert.Single(rig.Events);

        // Told once, though the heartbeat goes on.
        rig.Clock.Advance(TimeSpan.FromMinutes(3));
        var (later, _) = await rig.FinalizeAsync(host, Token);
        Assert.Single(rig.Events);
        Assert.Equal(rig.Clock.GetUtcNow().UtcDateTime, later.Status!.LastHeartbeatTime);
        Assert.NotNull(rig.Observations.Find("node1"));
    }

    [Theory]
    [InlineData(ImportStep.Convert, "node1", false)]
    [InlineData(ImportStep.Convert, "node2", true)]
    [InlineData(ImportStep.Verify, "node1", true)]
    public async Task A_host_that_converts_disks_stays_until_they_are_there(ImportStep step, string host, bool expected)
    {
        rig.Add(new VmwareImport
        {
            Metadata = new k8s.Models.V1ObjectMeta { Name = "qy1", NamespaceProperty = "default" },
            Status = new VmwareImportStatus { Step = step, Phase = VmwareImportPhase.Running, Host = host },
        });

        var (leaving, gone) = await rig.FinalizeAsync(Leaving(), Token);

        Assert.Equal(expected, gone);
        Assert.Equal(expected ? string.Empty : "it is being deleted, but imports are converted there: default/qy1. It goes when they are over; deleting them ends them.", expected ? string.Empty : Condition(leaving, KvmHostConditions.Drained).Message);
    }

    [Fact]
    public async Task A_paused_host_stays_untouched_and_is_watched_on()
    {
        var leaving = Leaving();
        leaving.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };

        var (host, gone) = await rig.FinalizeAsync(leaving, Token);

        Assert.False(gone);
        Assert.Equal(0, rig.Removals);
        Assert.NotNull(rig.Observations.Find("node1"));
        Assert.Equal(CommonReasons.Paused, Condition(host, CommonConditions.Ready).Reason);
        host.Metadata.Annotations.Clear();
        Assert.True((await rig.FinalizeAsync(host, Token)).Gone);
    }

    [Fact]
    public async Task An_empty_host_is_cleaned_up_and_goes()
    {
        Assert.True((await rig.FinalizeAsync(Leaving(), Token)).Gone);
        Assert.Equal(1, rig.Removals);
    }

    [Theory]
    [InlineData(VmMigrationPhase.Verifying, false)]
    [InlineData(VmMigrationPhase.Succeeded, true)]
    internal async Task A_host_that_a_guest_has_just_left_stays_until_the_moves_end_was_asked_there(VmMigrationPhase phase, bool goes)
    {
        var move = SpecSamples.Migration;
        move.Status = new VmMigrationStatus { Phase = phase, SourceHost = "node1", TargetHost = "node2" };
        rig.Add(move);

        var (host, gone) = await rig.FinalizeAsync(Leaving(), Token);

        Assert.Equal(goes, gone);
        Assert.Equal(goes, host.Status!.Conditions.All(condition => condition.Type != KvmHostConditions.Drained));
    }

    [Fact]
    public async Task A_host_whose_libvirt_does_not_say_what_runs_there_stays()
    {
        rig.Look = _ => Given.Host() with { LibvirtAnswers = false };

        var (host, gone) = await rig.FinalizeAsync(Leaving(), Token);

        Assert.False(gone);
        Assert.Equal(0, rig.Removals);
        Assert.Equal("Unknown", Condition(host, KvmHostConditions.Drained).Status);
        Assert.Contains("systemctl", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_another_ones_machine_goes_and_leaves_it_untouched()
    {
        var keeper = HostRig.Host("node2");
        keeper.Status = new KvmHostStatus { System = new HostSystem { BootId = Given.Host().BootId } };
        rig.Add(keeper);
        rig.Add(HostRig.Host());
        rig.Look = _ => Given.Host(Given.Domain(DomainState.Running));

        Assert.True((await rig.FinalizeAsync(Leaving(), Token)).Gone);
        Assert.Equal(0, rig.Removals);
    }

    [Fact]
    public async Task A_host_with_guests_that_are_off_stays_and_names_them()
    {
        rig.Look = _ => Given.Host(Given.Domain(DomainState.ShutOff), Given.HandMade(DomainState.ShutOff, Guid.NewGuid()));

        var (host, gone) = await rig.FinalizeAsync(Leaving(), Token);

        Assert.False(gone);
        Assert.Equal(0, rig.Removals);
        var drained = Condition(host, KvmHostConditions.Drained);
        Assert.Equal(("False", KvmHostReasons.GuestsDefined), (drained.Status, drained.Reason));
        Assert.Contains("off are defined there: default/xx. Move", drained.Message, StringComparison.Ordinal);
        Assert.Single(rig.Events);

        rig.Look = _ => Given.Host(Given.HandMade(DomainState.ShutOff, Guid.NewGuid()));
        Assert.True((await rig.FinalizeAsync(host, Token)).Gone);
    }

    [Fact]
    public async Task Of_a_host_that_does_not_answer_it_is_said_which_guests_were_seen_there_last()
    {
        rig.Look = _ => Given.Host(Given.Domain(DomainState.ShutOff));
        var (host, _) = await rig.FinalizeAsync(Leaving(), Token);
        rig.Clock.Advance(TimeSpan.FromHours(1));
        rig.Look = _ => throw new HostUnreachableException("node1", "node1 cannot be reached.", commandMayHaveRun: false);

        var (silent, _) = await rig.FinalizeAsync(host, Token);

        Assert.Contains("(seen there last, and off: default/xx)", Condition(silent, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_never_got_libvirt_goes()
    {
        rig.Look = _ => Given.Host() with { LibvirtAnswers = false };
        rig.HasLibvirt = false;

        Assert.True((await rig.FinalizeAsync(Leaving(), Token)).Gone);
        Assert.Equal(1, rig.Removals);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_says_why_it_stays_and_goes_untouched_when_a_person_confirms_that_it_is_off()
    {
        rig.Look = _ => throw new HostUnreachableException("node1", "node1 cannot be reached.", commandMayHaveRun: false);

        var (host, gone) = await rig.FinalizeAsync(Leaving(), Token);
        Assert.False(gone);
        Assert.Equal("Unreachable", host.Status!.Phase);
        Assert.Equal(KvmHostReasons.Unreachable, Condition(host, KvmHostConditions.Reachable).Reason);
        Assert.Equal((HostFailoverState.Silent, "20260101-000000"), (host.Status.Failover!.State, host.Status.Failover.Id));
        Assert.Contains($"kubectl annotate kvmhost node1 --overwrite {Annotations.ConfirmPoweredOff}=node1/20260101-000000", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
        Assert.Single(rig.Events);
        Assert.Null(rig.Observations.Find("node1"));

        foreach (var other in new[] { "node1", "node1/", "20260101-000000", "node1/20260101-000001", "node2/20260101-000000" })
        {
            Assert.False((await rig.FinalizeAsync(Confirmed(host, other), Token)).Gone, other);
        }

        Assert.True((await rig.FinalizeAsync(Confirmed(host, "node1/20260101-000000"), Token)).Gone);
        Assert.Equal(0, rig.Removals);
    }

    [Fact]
    public async Task A_word_that_was_left_over_from_an_earlier_silence_is_about_nothing()
    {
        rig.Look = _ => throw Silence;
        var (silent, _) = await rig.FinalizeAsync(Leaving(), Token);
        var word = $"node1/{silent.Status!.Failover!.Id}";

        // It came back, and failed again later.
        rig.Look = _ => Given.Host(Given.Domain(DomainState.Running));
        var (back, _) = await rig.FinalizeAsync(silent, Token);
        Assert.Null(back.Status!.Failover);
        rig.Clock.Advance(TimeSpan.FromHours(1));
        rig.Look = _ => throw Silence;

        var (host, gone) = await rig.FinalizeAsync(Confirmed(back, word), Token);
        Assert.False(gone);
        Assert.False((await rig.FinalizeAsync(Confirmed(host, word), Token)).Gone);
        Assert.NotEqual(silent.Status.Failover.Id, host.Status!.Failover!.Id);
    }

    /// <summary>What a machine that is on can say.</summary>
    public static TheoryData<string> Answers => ["login", "key", "shell", "sudo", "time", "handshake"];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_machine_that_answers_with_a_no_is_on_whatever_a_person_confirms(string answer)
    {
        rig.Look = _ => throw Silence;
        var (silent, _) = await rig.FinalizeAsync(Leaving(), Token);
        rig.Look = _ => throw (answer switch
        {
            "login" => new AuthenticationRefusedException("node1", "root", rig.Clock.GetUtcNow()),
            "key" => new HostKeyChangedException("node1", HostKey.Parse(SpecSamples.HostKey)),
            "sudo" => new PrivilegeRefusedException("node1", "admin", "a password is required"),
            "time" => new DeadlineExceededException("node1", RemoteCommand.Of("virsh")),
            _ => new HostUnreachableException("node1", "node1 runs no commands.", commandMayHaveRun: false) { IsAlive = true },
        });

        var (host, gone) = await rig.FinalizeAsync(Confirmed(silent, $"node1/{silent.Status!.Failover!.Id}"), Token);

        Assert.False(gone);
        Assert.Equal(0, rig.Removals);
        Assert.Null(host.Status!.Failover);
        Assert.DoesNotContain("kubectl annotate kvmhost node1 --overwrite kvmoperator.io/confirm", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_machine_whose_Secret_is_gone_nothing_is_known()
    {
        rig.Look = _ => throw Silence;
        var (silent, _) = await rig.FinalizeAsync(Leaving(), Token);
        rig.WithoutSecret();

        var (host, gone) = await rig.FinalizeAsync(Confirmed(silent, $"node1/{silent.Status!.Failover!.Id}"), Token);

        Assert.False(gone);
        Assert.Equal(KvmHostReasons.CredentialsUnusable, Condition(host, CommonConditions.Ready).Reason);
        Assert.Contains("does not count", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_that_does_not_end_leaves_the_host_silent_for_the_pool_and_says_so()
    {
        rig.Look = _ => throw new DeadlineExceededException("node1", RemoteCommand.Of("virsh"));

        var (host, gone) = await rig.FinalizeAsync(Confirmed(Leaving(), "node1"), Token);

        Assert.False(gone, "what takes a connection is not off");
        Assert.True(rig.Observations.HasTried("node1"));
        Assert.Null(rig.Observations.Find("node1"));
        Assert.Contains("it cannot be let go yet", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_answers_is_not_off_whatever_a_person_confirms()
    {
        rig.Look = _ => Given.Host(Given.Domain(DomainState.Running));

        Assert.False((await rig.FinalizeAsync(Confirmed(Leaving(), "node1"), Token)).Gone);
    }

    [Fact]
    public async Task A_host_at_which_no_look_succeeded_was_never_touched_and_goes()
    {
        var host = Leaving();
        host.Status = host.Status! with { LastHeartbeatTime = null };
        rig.Look = _ => throw new InvalidOperationException("nothing may run");

        Assert.True((await rig.FinalizeAsync(host, Token)).Gone);
        Assert.Equal(0, rig.Removals);
    }

    private static HostUnreachableException Silence => new("node1", "node1 cannot be reached.", commandMayHaveRun: false);

    private static KvmHost Leaving()
    {
        var host = HostRig.Host();
        host.Metadata.DeletionTimestamp = DateTime.UnixEpoch;
        host.Status = new KvmHostStatus { LastHeartbeatTime = DateTime.UnixEpoch };
        return host;
    }

    private static KvmHost Confirmed(KvmHost host, string value)
    {
        host.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.ConfirmPoweredOff] = value };
        return host;
    }

    private static k8s.Models.V1Condition Condition(KvmHost host, string type) => host.Status!.Conditions.Single(condition => condition.Type == type);
}
