using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.Inventory.Observations;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>What the pool is told of a host when something goes wrong there.</summary>
public sealed class KvmHostControllerTests : IDisposable
{
    private readonly HostRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_failed_step_of_a_host_that_answers_does_not_make_it_silent()
    {
        rig.Prepare = _ => throw new DeadlineExceededException("node1", RemoteCommand.Of("apt-get"));

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.NotNull(rig.Observations.Find("node1"));
        Assert.Equal("True", Condition(host, KvmHostConditions.Reachable).Status);
        Assert.Equal(("False", CommonReasons.StepFailed), (Condition(host, CommonConditions.Ready).Status, Condition(host, CommonConditions.Ready).Reason));
        Assert.NotNull(host.Status!.LastHeartbeatTime);
    }

    [Fact]
    public async Task A_guest_that_names_the_default_network_has_it_asked_for_and_until_then_nobody_does()
    {
        var asked = new List<bool>();
        rig.Prepare = plan =>
        {
            asked.Add(plan.NeedsDefaultNetwork);
            return [];
        };
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        rig.Add(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "default", Uid = "web" }, Spec = Given.Spec() with { Networks = [new VirtualMachineNetwork { Network = "default" }] } });
        await rig.ReconcileAsync(host, Token);

        Assert.Equal([false, true], asked);
        Assert.Equal([PreparationStep.Virtualization], rig.Due);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_silent()
    {
        rig.Look = _ => throw new HostUnreachableException("node1", "node1 cannot be reached.", commandMayHaveRun: false);

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.Null(rig.Observations.Find("node1"));
        Assert.True(rig.Observations.HasTried("node1"));
        Assert.Equal(KvmHostReasons.Unreachable, Condition(host, KvmHostConditions.Reachable).Reason);
    }

    [Fact]
    public async Task On_a_host_that_was_shut_out_nothing_is_prepared_before_it_was_cleaned_in_its_present_boot()
    {
        var failed = HostRig.Host();
        failed.Status = new KvmHostStatus { Failover = new HostFailover { Id = "20260101-120000", State = HostFailoverState.Recovered, Since = rig.Clock.GetUtcNow().UtcDateTime } };
        var back = await rig.ReconcileAsync(failed, TestContext.Current.CancellationToken);
        Assert.Equal(0, rig.Preparations);
        Assert.Equal(HostFailoverState.Recovered, back.Status!.Failover!.State);
        Assert.Equal(("False", KvmHostReasons.Returning), (Condition(back, CommonConditions.Ready).Status, Condition(back, CommonConditions.Ready).Reason));

        back.Status = back.Status with { Failover = back.Status.Failover with { State = HostFailoverState.Returning, CleanedBootId = "another boot" } };
        back = await rig.ReconcileAsync(back, TestContext.Current.CancellationToken);
        Assert.Equal(0, rig.Preparations);

        back.Status = back.Status! with { Failover = back.Status.Failover! with { CleanedBootId = "boot" } };
        back = await rig.ReconcileAsync(back, TestContext.Current.CancellationToken);
        Assert.Equal(1, rig.Preparations);
        Assert.Equal(HostFailoverState.Returning, back.Status!.Failover!.State);
    }

    [Fact]
    public async Task A_silence_has_a_name_from_its_beginning_to_its_end_and_its_hosts_do_not_take_all_workers()
    {
        rig.Look = _ => throw new HostUnreachableException("node1", "node1 cannot be reached.", commandMayHaveRun: false);
        var silent = await rig.ReconcileAsync(HostRig.Host(), TestContext.Current.CancellationToken);
        Assert.Equal((HostFailoverState.Silent, rig.Clock.GetUtcNow().UtcDateTime), (silent.Status!.Failover!.State, silent.Status.Failover.Since));
        Assert.NotNull(HostSilence.Group(silent));

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        var still = (await rig.ReconcileAsync(silent, TestContext.Current.CancellationToken)).Status!.Failover!;
        Assert.Equal((silent.Status.Failover.Id, silent.Status.Failover.Since), (still.Id, still.Since));

        // It is on, and says no.
        rig.Look = _ => throw new AuthenticationRefusedException("node1", "root", rig.Clock.GetUtcNow());
        var refusing = await rig.ReconcileAsync(silent, TestContext.Current.CancellationToken);
        Assert.Null(refusing.Status!.Failover);
        Assert.Null(HostSilence.Group(refusing));
    }

    [Fact]
    public async Task Hosts_that_libvirt_takes_for_one_are_told_as_soon_as_the_second_one_is_there_and_stay_ready()
    {
        rig.Facts = rig.Facts with { HostName = "node1", Uuid = "4C4C4544-0001" };
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        Assert.Equal("True", Condition(host, KvmHostConditions.IdentityUnique).Status);

        var copy = HostRig.Host("node2");
        copy.Status = new KvmHostStatus { System = new HostSystem { HostName = "node2", HostUuid = "4c4c4544-0001" } };
        var elsewhere = HostRig.Host("node3");
        elsewhere.Spec = elsewhere.Spec with { Pool = "other" };
        elsewhere.Status = copy.Status;
        rig.Add(copy);
        rig.Add(elsewhere);
        host = await rig.ReconcileAsync(await rig.ReconcileAsync(host, Token), Token);

        var unique = Condition(host, KvmHostConditions.IdentityUnique);
        Assert.Equal(("False", KvmHostReasons.SameIdentity), (unique.Status, unique.Reason));
        Assert.StartsWith("node2 has the UUID 4C4C4544-0001 as well: libvirt takes both for one host", unique.Message, StringComparison.Ordinal);
        Assert.Equal("True", Condition(host, CommonConditions.Ready).Status);
        Assert.Single(rig.Events, told => told.Contains(KvmHostReasons.SameIdentity, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_paused_host_is_looked_at_and_nothing_is_done_there()
    {
        var given = HostRig.Host();
        given.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };

        var host = await rig.ReconcileAsync(given, Token);

        Assert.Equal(0, rig.Preparations);
        Assert.NotNull(rig.Observations.Find("node1"));
        Assert.Equal("True", Condition(host, KvmHostConditions.Reachable).Status);
        Assert.Equal(("False", CommonReasons.Paused), (Condition(host, CommonConditions.Ready).Status, Condition(host, CommonConditions.Ready).Reason));
    }

    [Fact]
    public async Task A_ready_host_stays_ready_while_it_is_paused_and_is_checked_afterwards()
    {
        var ready = await rig.ReconcileAsync(HostRig.Host(), Token);
        ready.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };

        var paused = await rig.ReconcileAsync(ready, Token);

        Assert.Equal("True", Condition(paused, CommonConditions.Ready).Status);
        Assert.Equal(1, rig.Preparations);
        paused.Metadata.Annotations.Clear();
        await rig.ReconcileAsync(paused, Token);
        Assert.Equal(2, rig.Preparations);
    }

    [Fact]
    public async Task A_ready_host_that_had_not_said_its_versions_is_asked_again_and_what_it_said_is_kept()
    {
        var known = rig.Facts;
        rig.Facts = known with { Libvirt = string.Empty, Qemu = string.Empty };
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        Assert.Equal(("True", null), (Condition(host, CommonConditions.Ready).Status, host.Status!.System!.Libvirt));

        rig.Facts = known;
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal(("9.0.0", 1), (host.Status!.System!.Libvirt, rig.Preparations));

        rig.Facts = known with { Libvirt = string.Empty };
        rig.Clock.Advance(TimeSpan.FromMinutes(6));
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal(("9.0.0", 2), (host.Status!.System!.Libvirt, rig.Preparations));
    }

    [Fact]
    public async Task A_machine_that_another_host_stands_for_is_left_to_that_one()
    {
        var keeper = HostRig.Host("node2");
        keeper.Status = new KvmHostStatus { System = new HostSystem { BootId = Given.Host().BootId } };
        rig.Add(keeper);
        rig.Add(HostRig.Host());

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.Equal(0, rig.Preparations);
        Assert.Null(rig.Observations.Find("node1"));
        Assert.Null(host.Status!.LastHeartbeatTime);
        Assert.Equal(KvmHostReasons.SameMachine, Condition(host, CommonConditions.Ready).Reason);
        Assert.Contains("node1 is the same machine as KvmHost node2", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_host_key_is_recorded_though_the_look_at_the_host_fails()
    {
        rig.Look = _ => throw new PrivilegeRefusedException("node1", "admin", "sudo: a password is required");

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.Equal(SpecSamples.HostKey, host.Status!.Ssh!.HostKey);
        Assert.Equal(KvmHostReasons.PrivilegeRefused, Condition(host, KvmHostConditions.Reachable).Reason);
        Assert.Contains("'admin ALL=(ALL) NOPASSWD: ALL'", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreadable_consent_to_a_host_key_is_said_and_nothing_runs()
    {
        var given = HostRig.Host();
        given.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.AcceptHostKey] = "yes" };
        rig.Look = _ => throw new InvalidOperationException("nothing may run");

        var host = await rig.ReconcileAsync(given, Token);

        Assert.Equal(KvmHostReasons.HostKeyUnreadable, Condition(host, KvmHostConditions.Reachable).Reason);
        Assert.Contains($"Correct the annotation {Annotations.AcceptHostKey}", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("two\n\n", "two\n")]
    [InlineData(" secret ", " secret ")]
    public async Task The_line_end_behind_a_password_is_no_part_of_it(string written, string meant)
    {
        rig.Password = written;

        await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.Equal((meant, meant), (rig.Credentials!.Password, rig.Credentials.Passphrase));
    }

    [Fact]
    public async Task An_unreadable_host_key_of_the_spec_is_said()
    {
        var given = HostRig.Host();
        given.Spec = given.Spec with { Ssh = given.Spec.Ssh with { HostKeys = ["ssh-ed25519 AAAA"] } };

        var host = await rig.ReconcileAsync(given, Token);

        Assert.Equal(KvmHostReasons.HostKeyUnreadable, Condition(host, KvmHostConditions.Reachable).Reason);
        Assert.Contains("Correct spec.ssh.hostKeys", Condition(host, CommonConditions.Ready).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drift_is_told_as_mended_only_when_it_is_mended_and_a_failure_once()
    {
        rig.Prepare = _ =>
        [
            new StepReport(PreparationStep.Names, Ready, "the host calls itself x"),
            new StepReport(PreparationStep.Firewall, new StepState(StepStatus.Drifted, "ufw keeps a peer out; mending it failed: x"), "ufw keeps a peer out"),
            new StepReport(PreparationStep.Virtualization, new StepState(StepStatus.InProgress, "packages are being installed"), "packages are missing"),
        ];

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        Assert.Equal(
            ["Normal DriftMended: NamesResolved: the host calls itself x", "Warning StepFailed: FirewallReady: ufw keeps a peer out; mending it failed: x"],
            rig.Events);

        rig.Events.Clear();
        rig.Prepare = _ => [new StepReport(PreparationStep.Firewall, new StepState(StepStatus.Drifted, "ufw keeps a peer out; mending it failed: x"), "ufw keeps a peer out")];
        await rig.ReconcileAsync(host, Token);
        Assert.Empty(rig.Events);
    }

    [Theory]
    [InlineData(StepStatus.Failed)]
    [InlineData(StepStatus.Blocked)]
    public async Task A_step_that_ends_with_an_error_is_told(StepStatus status)
    {
        rig.Prepare = _ => [new StepReport(PreparationStep.Virtualization, new StepState(status, "E: no such package"), Mended: null)];

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        await rig.ReconcileAsync(host, Token);

        Assert.Equal(["Warning StepFailed: VirtualizationReady: E: no such package"], rig.Events);
    }

    [Fact]
    public async Task A_change_of_the_spec_that_is_no_part_of_the_plan_is_acknowledged_at_once()
    {
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        host.Metadata.Generation = 2;
        host.Spec = host.Spec with { Mode = HostMode.Maintenance };

        host = await rig.ReconcileAsync(host, Token);

        Assert.Equal(2, Condition(host, CommonConditions.Ready).ObservedGeneration);
        Assert.Equal("Drained", host.Status!.Phase);
    }

    [Fact]
    public async Task A_host_whose_libvirt_does_not_say_what_runs_there_is_not_called_drained()
    {
        rig.Look = _ => Given.Host() with { LibvirtAnswers = false };
        var given = HostRig.Host();
        given.Spec = given.Spec with { Mode = HostMode.Maintenance };

        Assert.Equal("Draining", (await rig.ReconcileAsync(given, Token)).Status!.Phase);
    }

    [Fact]
    public async Task A_libvirt_that_hangs_is_told_at_once_and_not_asked_by_commands_until_it_answers_again()
    {
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        var preparations = rig.Preparations;
        rig.Look = _ => Given.Host() with { LibvirtAnswers = false, LibvirtHangs = true, LibvirtProblem = "libvirt hangs: not a byte came from it for 30 s" };

        for (var looks = 0; looks < 3; looks++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(20));
            host = await rig.ReconcileAsync(host, Token);
        }

        Assert.Equal(preparations, rig.Preparations);
        Assert.Equal("True", Condition(host, KvmHostConditions.Reachable).Status);
        Assert.Equal("False", Condition(host, CommonConditions.Ready).Status);
        Assert.Contains("not a byte came from it", Condition(host, KvmHostConditions.VirtualizationReady).Message, StringComparison.Ordinal);

        rig.Look = _ => Given.Host();
        host = await rig.ReconcileAsync(host, Token);

        Assert.Contains(PreparationStep.Virtualization, rig.Due);
        Assert.Equal("True", Condition(host, CommonConditions.Ready).Status);
    }

    [Fact]
    public async Task A_peer_whose_keys_become_known_is_trusted_at_the_next_look()
    {
        rig.Add(HostRig.Host("node2"));
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        Assert.Equal(["node2"], rig.WokenHosts.InBackground);

        var known = HostRig.Host("node2");
        known.Metadata.ResourceVersion = "2";
        known.Status = new KvmHostStatus { Ssh = new HostSshStatus { PublicKey = "ssh-ed25519 AAAA", HostKeys = [SpecSamples.HostKey] } };
        rig.Add(known);
        HostPlan? prepared = null;
        rig.Prepare = plan =>
        {
            prepared = plan;
            return [];
        };
        await rig.ReconcileAsync(host, Token);

        Assert.NotNull(prepared!.Peers.Single().Identity);
        Assert.Equal(["node2"], rig.WokenHosts.InBackground);
    }

    [Fact]
    public async Task A_hung_store_is_said_and_leaves_the_host_ready_and_its_other_stores_are_mounted()
    {
        rig.Add(Store("dead"));
        rig.Add(Store("alive"));
        HostPlan? prepared = null;
        rig.Prepare = plan =>
        {
            prepared = plan;
            return [new StepReport(PreparationStep.StoreMounts, Ready, Mended: null)];
        };
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, path == "/mnt/dead" ? "did not answer in time" : string.Empty))] };

        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.Equal(["/mnt/alive"], prepared!.Stores.Select(store => store.MountPath));
        Assert.Equal(["/mnt/dead"], prepared.KeptMountPaths);
        Assert.Equal("True", Condition(host, CommonConditions.Ready).Status);
        var mounted = Condition(host, KvmHostConditions.StoresMounted);
        Assert.Equal(("False", KvmHostReasons.StorageUnavailable), (mounted.Status, mounted.Reason));
        Assert.Contains("/mnt/dead (did not answer in time)", mounted.Message, StringComparison.Ordinal);

        // The next look says so without another preparation, and says when it is over.
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, string.Empty))] };
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal(1, rig.Preparations);
        Assert.Equal("True", Condition(host, KvmHostConditions.StoresMounted).Status);
    }

    [Fact]
    public async Task What_the_preparation_said_of_the_mounted_stores_is_not_forgotten_at_the_next_look()
    {
        rig.Prepare = _ => [new StepReport(PreparationStep.StoreMounts, new StepState(StepStatus.Ready, "all stores are mounted; one with older options"), Mended: null)];
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        host = await rig.ReconcileAsync(host, Token);

        Assert.Equal(1, rig.Preparations);
        Assert.Equal("all stores are mounted; one with older options", Condition(host, KvmHostConditions.StoresMounted).Message);
    }

    [Fact]
    public async Task A_store_that_is_not_mounted_is_mended_at_the_next_look()
    {
        rig.Add(Store("images"));
        rig.Prepare = _ => [new StepReport(PreparationStep.StoreMounts, Ready, Mended: null)];
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, string.Empty))] };
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, "not mounted"))] };
        rig.Prepare = _ => [new StepReport(PreparationStep.StoreMounts, new StepState(StepStatus.Drifted, "/mnt/images is not mounted; mending it failed: x"), "/mnt/images is not mounted")];
        host = await rig.ReconcileAsync(host, Token);

        Assert.Equal(2, rig.Preparations);
        Assert.Equal(("False", KvmHostConditions.StoresMounted), (Condition(host, CommonConditions.Ready).Status, Condition(host, CommonConditions.Ready).Reason));
    }

    [Fact]
    public async Task A_machine_that_was_started_anew_is_told_once_even_when_nothing_else_can_be_done_there()
    {
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        host = await rig.ReconcileAsync(host, Token);
        Assert.Empty(rig.Events);

        rig.Look = _ => Given.Host() with { BootId = "another" };
        rig.Prepare = _ => throw new DeadlineExceededException("node1", RemoteCommand.Of("apt-get"));
        host = await rig.ReconcileAsync(host, Token);
        Assert.StartsWith("Warning Rebooted: ", rig.Events[0], StringComparison.Ordinal);
        Assert.Equal("another", host.Status!.System!.BootId);

        rig.Events.Clear();
        await rig.ReconcileAsync(host, Token);
        Assert.Empty(rig.Events);
    }

    [Fact]
    public async Task A_step_that_fails_with_the_same_words_is_tried_ever_more_seldom_and_a_change_tries_it_at_once()
    {
        rig.Prepare = _ => [new StepReport(PreparationStep.Virtualization, new StepState(StepStatus.Failed, "E: no such package"), Mended: null)];
        var host = HostRig.Host();
        for (var pass = 0; pass < 120; pass++)
        {
            host = await rig.ReconcileAsync(host, Token);
            Assert.InRange(rig.Again!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
            rig.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.InRange(rig.Preparations, 5, 12);
        Assert.Equal(("False", "Preparing"), (Condition(host, CommonConditions.Ready).Status, host.Status!.Phase));

        var before = rig.Preparations;
        host.Metadata.Generation = 2;
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal(before + 1, rig.Preparations);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        rig.Look = _ => Given.Host() with { BootId = "another" };
        await rig.ReconcileAsync(host, Token);
        Assert.Equal(before + 2, rig.Preparations);
    }

    [Fact]
    public async Task While_one_step_fails_the_others_are_left_in_peace_and_what_is_mended_gives_it_another_try()
    {
        rig.Prepare = _ => [new StepReport(PreparationStep.Virtualization, new StepState(StepStatus.Failed, "E: no such package"), Mended: null)];
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        rig.Clock.Advance(TimeSpan.FromSeconds(3));
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal([PreparationStep.Virtualization], rig.Due);

        rig.Add(Store("images"));
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, string.Empty))] };
        rig.Prepare = _ => [new StepReport(PreparationStep.Names, Ready, "the addresses were old"), new StepReport(PreparationStep.Virtualization, new StepState(StepStatus.Failed, "E: no such package"), Mended: null)];
        host = await rig.ReconcileAsync(host, Token);
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, "not mounted"))] };
        rig.Prepare = _ => [new StepReport(PreparationStep.StoreMounts, Ready, "it was not mounted")];
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal([PreparationStep.StoreMounts], rig.Due);
        await rig.ReconcileAsync(host, Token);
        Assert.Contains(PreparationStep.Virtualization, rig.Due);
    }

    [Fact]
    public async Task A_preparation_that_is_cut_off_goes_on_where_it_was()
    {
        rig.Told = 2;
        rig.Prepare = _ => [.. Enum.GetValues<PreparationStep>().Select(step => new StepReport(step, Ready, Mended: null))];
        await Assert.ThrowsAsync<OperationCanceledException>(() => rig.ReconcileAsync(HostRig.Host(), Token));

        rig.Told = int.MaxValue;
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);

        Assert.DoesNotContain(PreparationStep.Names, rig.Due);
        Assert.DoesNotContain(PreparationStep.Firewall, rig.Due);
        Assert.Contains(PreparationStep.StoreMounts, rig.Due);
        Assert.Equal("True", Condition(host, CommonConditions.Ready).Status);
    }

    [Fact]
    public async Task What_could_not_be_mounted_is_tried_again_when_its_server_is_well()
    {
        var store = Store("images");
        rig.Add(store);
        rig.Look = paths => Given.Host() with { Stores = [.. paths.Select(path => Probe(path, "not mounted"))] };
        rig.Prepare = _ => [new StepReport(PreparationStep.StoreMounts, new StepState(StepStatus.Failed, "/mnt/images cannot be mounted: timed out"), Mended: null)];
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        await rig.ReconcileAsync(host, Token);
        Assert.Equal(1, rig.Preparations);

        var well = Store("images");
        well.Metadata.ResourceVersion = "2";
        well.Status = well.Status! with { Conditions = [.. well.Status.Conditions, new V1Condition { Type = NfsStoreConditions.ServerReady, Status = "True" }] };
        rig.Add(well);
        await rig.ReconcileAsync(host, Token);

        Assert.Equal(2, rig.Preparations);
        Assert.Equal([PreparationStep.StoreMounts], rig.Due);
    }

    [Fact]
    public async Task A_prepared_host_is_checked_for_drift_every_five_minutes_all_steps_together()
    {
        var host = await rig.ReconcileAsync(HostRig.Host(), Token);
        for (var pass = 0; pass < 29; pass++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(10));
            host = await rig.ReconcileAsync(host, Token);
        }

        Assert.Equal(1, rig.Preparations);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await rig.ReconcileAsync(host, Token);
        Assert.Equal(Enum.GetValues<PreparationStep>().Length, rig.Due.Count);
    }

    [Fact]
    public async Task The_peers_of_a_host_that_is_gone_are_woken()
    {
        rig.Add(HostRig.Host("node2"));

        await rig.DeletedAsync(HostRig.Host(), Token);

        Assert.Equal(["node2"], rig.WokenHosts.InBackground);
    }

    private static StepState Ready { get; } = new(StepStatus.Ready, string.Empty);

    private static StoreProbe Probe(string path, string reason) => new(path, reason.Length == 0, 0, 0, reason);

    private static V1Condition Condition(KvmHost host, string type) => host.Status!.Conditions.Single(condition => condition.Type == type);

    private static NfsStore Store(string name) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = SpecSamples.Store.Spec with { MountPath = "/mnt/" + name },
        Status = new NfsStoreStatus { Conditions = [new V1Condition { Type = NfsStoreConditions.Exported, Status = "True" }] },
    };
}
