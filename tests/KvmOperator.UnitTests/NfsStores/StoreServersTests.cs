using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>How seldom a server is asked that is listened to, and what makes the operator ask, with fake machines and a fake clock.</summary>
public sealed class StoreServersTests : IDisposable
{
    private readonly StoreRig rig = new();
    private NfsStore store = Exported();

    public StoreServersTests() => rig.Machines.Answer = () => new StepState(StepStatus.Ready, "it is exported to the pool's hosts and to nobody else");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task While_beats_say_the_same_a_server_is_asked_every_ten_minutes()
    {
        rig.Beats.Heard = PlayedBeats.Beat();
        for (var pass = 0; pass < 60; pass++)
        {
            rig.Beats.Heard = PlayedBeats.Beat() with { Sequence = pass };
            await ReconcileAsync();
            rig.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(1, rig.Machines.Checks);
        await ReconcileAsync();
        Assert.Equal(2, rig.Machines.Checks);
        Assert.Equal("Ready", store.Status!.Phase);
    }

    [Fact]
    public async Task News_of_a_server_wakes_its_store()
    {
        rig.Beats.Tell("images");

        Assert.Equal(["images"], rig.WokenStores.Names);
        await ReconcileAsync();
        Assert.Equal(["images"], rig.Beats.Asked);
    }

    [Fact]
    public async Task Changed_exports_are_checked_at_once_and_once()
    {
        await HeardAsync();
        rig.Beats.Heard = PlayedBeats.Beat("ro");

        await ReconcileAsync();
        await ReconcileAsync();

        Assert.Equal(2, rig.Machines.Checks);
    }

    [Fact]
    public async Task Something_else_that_is_wanted_is_checked_at_once_and_once()
    {
        await HeardAsync();
        var another = HostRig.Host("node2");
        another.Spec = another.Spec with { Address = "192.168.122.77" };
        rig.Add(another);

        await ReconcileAsync();
        await ReconcileAsync();

        Assert.Equal(2, rig.Machines.Checks);
    }

    [Fact]
    public async Task What_changes_while_a_server_is_asked_is_checked_again()
    {
        rig.Beats.Heard = PlayedBeats.Beat();
        var answer = rig.Machines.Answer!;
        rig.Machines.Answer = () =>
        {
            rig.Beats.Heard = PlayedBeats.Beat("ro");
            return answer();
        };

        await ReconcileAsync();
        await ReconcileAsync();
        await ReconcileAsync();

        Assert.Equal(2, rig.Machines.Checks);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_asked_at_once_and_then_once_a_minute()
    {
        await HeardAsync();
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await ReconcileAsync();
        rig.Beats.Heard = null;

        await ReconcileAsync();
        await ReconcileAsync();
        Assert.Equal(2, rig.Machines.Checks);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await ReconcileAsync();
        Assert.Equal(3, rig.Machines.Checks);
    }

    [Fact]
    public async Task A_server_that_is_heard_again_and_says_what_it_said_is_not_asked_and_the_next_silence_counts()
    {
        await HeardAsync();
        rig.Beats.Heard = null;
        await ReconcileAsync();
        rig.Beats.Heard = PlayedBeats.Beat();
        await ReconcileAsync();
        Assert.Equal(2, rig.Machines.Checks);

        rig.Beats.Heard = null;
        await ReconcileAsync();
        Assert.Equal(3, rig.Machines.Checks);
        rig.Beats.Heard = PlayedBeats.Beat("ro");
        await ReconcileAsync();
        Assert.Equal(4, rig.Machines.Checks);
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_when_its_beats_stop_and_is_asked_until_it_is_back()
    {
        await HeardAsync();
        rig.Beats.Heard = null;
        var answer = rig.Machines.Answer;
        rig.Machines.Answer = () => throw new HostUnreachableException("store images", "no route to host", commandMayHaveRun: false);

        await ReconcileAsync();

        Assert.Equal(NfsStoreReasons.ServerUnreachable, store.Status!.Conditions.Single(condition => condition.Type == NfsStoreConditions.ServerReady).Reason);
        await ReconcileAsync();
        Assert.Equal(3, rig.Machines.Checks);
        rig.Machines.Answer = answer;
        rig.Beats.Heard = PlayedBeats.Beat();
        await ReconcileAsync();
        Assert.Equal("Ready", store.Status!.Phase);
    }

    [Fact]
    public async Task A_server_that_was_busy_is_asked_again_though_its_beats_say_the_same()
    {
        await HeardAsync();
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        var answer = rig.Machines.Answer;
        rig.Machines.Answer = () => throw new DeadlineExceededException("store images", RemoteCommand.Of("exportfs"));
        await ReconcileAsync();
        rig.Machines.Answer = answer;
        rig.Clock.Advance(TimeSpan.FromSeconds(10));

        await ReconcileAsync();

        Assert.Equal(3, rig.Machines.Checks);
    }

    [Fact]
    public async Task A_store_that_is_gone_is_not_listened_to_any_more()
    {
        await HeardAsync();
        await rig.Controller().DeletedAsync(store, Token);
        Assert.Equal(["images"], rig.Beats.Forgotten);

        await rig.Finalizer().FinalizeAsync(rig.Copy(store), Token);
        Assert.Equal(["images", "images"], rig.Beats.Forgotten);
    }

    [Fact]
    public async Task A_server_of_somebody_else_is_not_listened_to()
    {
        store.Spec = store.Spec with { Server = store.Spec.Server with { Ssh = null } };

        await ReconcileAsync();

        Assert.Empty(rig.Beats.Asked);
        Assert.Equal(["images"], rig.Beats.Forgotten);
    }

    [Fact]
    public async Task Credentials_that_are_taken_away_end_the_channel_and_new_ones_have_the_server_asked()
    {
        await HeardAsync();
        var ssh = store.Spec.Server.Ssh!;
        store.Spec = store.Spec with { Server = store.Spec.Server with { Ssh = ssh with { CredentialsSecretRef = new LocalObjectReference { Name = "none" } } } };
        await ReconcileAsync();
        Assert.Equal(["images"], rig.Beats.Forgotten);

        store.Spec = store.Spec with { Server = store.Spec.Server with { Ssh = ssh } };
        await ReconcileAsync();
        Assert.Equal(2, rig.Machines.Checks);
    }

    private static NfsStore Exported()
    {
        var one = SpecSamples.Store;
        one.Status = new NfsStoreStatus
        {
            Phase = "Ready",
            Conditions = [.. NfsStoreConditions.All.Select(type => new V1Condition { Type = type, Status = "True", Reason = CommonReasons.AsExpected, Message = "so it is" })],
        };
        return one;
    }

    private async Task HeardAsync()
    {
        rig.Beats.Heard = PlayedBeats.Beat();
        await ReconcileAsync();
        Assert.Equal(1, rig.Machines.Checks);
    }

    private async Task ReconcileAsync()
    {
        await rig.SeeAsync(Token, new StoreProbe(store.Spec.MountPath, Answers: true, 100, 50, string.Empty));
        store = rig.Copy(store);
        await rig.Controller().ReconcileAsync(store, Token);
    }
}
