using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>How soon a dead server is told, and how often one is asked, with fake machines, a fake clock and an API server that takes every status.</summary>
public sealed class NfsStoreControllerTests : IDisposable
{
    private readonly StoreRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_mount_that_hangs_is_told_before_the_server_is_asked()
    {
        await rig.SeeAsync(Token, new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: false, 0, 0, "did not answer in time"));

        var pass = rig.Controller().ReconcileAsync(rig.Copy(Ready()), Token);
        await rig.Machines.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);

        Assert.Contains("\"phase\":\"Degraded\"", rig.Api.Writes.Single(), StringComparison.Ordinal);
        Assert.Equal([NfsStoreReasons.MountsMissing], rig.Machines.Events);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await pass;
        Assert.Single(rig.Machines.Events);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_told_at_once()
    {
        await SeeAsync();
        rig.Machines.Answer = () => throw new HostUnreachableException("store images", "no route to host", commandMayHaveRun: false);

        var store = await ReconcileAsync(Ready());

        Assert.Equal("Degraded", store.Status!.Phase);
        Assert.Equal(NfsStoreReasons.ServerUnreachable, Condition(store, NfsStoreConditions.ServerReady).Reason);
        Assert.Equal("True", Condition(store, NfsStoreConditions.Exported).Status);
        Assert.Equal("True", Condition(store, NfsStoreConditions.Mounted).Status);
    }

    [Fact]
    public async Task A_server_that_is_busy_keeps_its_conditions_and_says_so_until_that_lasts()
    {
        await SeeAsync();
        var store = await BusyAsync(Ready());

        Assert.Equal("Ready", store.Status!.Phase);
        Assert.Equal("True", Condition(store, NfsStoreConditions.ServerReady).Status);
        Assert.Contains("too busy at the moment", Condition(store, NfsStoreConditions.ServerReady).Message, StringComparison.Ordinal);
        Assert.Empty(rig.Machines.Events);

        for (var pass = 0; pass < 31; pass++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(10));
            await SeeAsync();
            rig.Machines.Answer = () => throw new DeadlineExceededException("store images", RemoteCommand.Of("exportfs"));
            store = await ReconcileAsync(store);
        }

        Assert.Equal(("False", CommonReasons.StepFailed), (Condition(store, NfsStoreConditions.ServerReady).Status, Condition(store, NfsStoreConditions.ServerReady).Reason));
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await SeeAsync();
        rig.Machines.Answer = () => Exported;
        Assert.Equal("Ready", (await ReconcileAsync(store)).Status!.Phase);
    }

    [Fact]
    public async Task A_server_where_all_is_well_is_asked_once_a_minute_and_at_once_when_something_else_is_wanted()
    {
        rig.Machines.Answer = () => Exported;
        var store = Ready();
        for (var pass = 0; pass < 12; pass++)
        {
            await SeeAsync();
            store = await ReconcileAsync(store);
            rig.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal((2, 0), (rig.Machines.Checks, rig.Machines.Applies));
        await SeeAsync();
        await ReconcileAsync(store);
        Assert.Equal(3, rig.Machines.Checks);
        var another = HostRig.Host("node2");
        another.Spec = another.Spec with { Address = "192.168.122.77" };
        rig.Add(another);
        await ReconcileAsync(store);
        Assert.Equal(4, rig.Machines.Checks);
    }

    [Fact]
    public async Task A_server_whose_mounts_begin_to_hang_is_asked_at_once()
    {
        rig.Machines.Answer = () => Exported;
        await SeeAsync();
        var store = await ReconcileAsync(Ready());
        rig.Clock.Advance(TimeSpan.FromSeconds(10));

        await rig.SeeAsync(Token, new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: false, 0, 0, "did not answer in time"));
        rig.Machines.Answer = () => throw new HostUnreachableException("store images", "no route to host", commandMayHaveRun: false);
        store = await ReconcileAsync(store);

        Assert.Equal(NfsStoreReasons.ServerUnreachable, Condition(store, NfsStoreConditions.ServerReady).Reason);
    }

    [Fact]
    public async Task A_server_that_fails_again_and_again_is_tried_ever_more_seldom()
    {
        rig.Machines.Answer = () => new StepState(StepStatus.Failed, "exportfs: no such folder");
        var store = Ready();
        for (var pass = 0; pass < 120; pass++)
        {
            await SeeAsync();
            store = await ReconcileAsync(store);
            rig.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.InRange(rig.Machines.Applies, 5, 10);
        store.Metadata.Generation = 2;
        var before = rig.Machines.Applies;
        await ReconcileAsync(store);
        Assert.Equal(before + 1, rig.Machines.Applies);
    }

    [Fact]
    public async Task What_only_a_person_can_mend_is_not_tried_unless_something_else_differs_too()
    {
        await SeeAsync();
        rig.Machines.Answer = () => new StepState(StepStatus.Blocked, "others may mount it too");
        await ReconcileAsync(Ready());
        Assert.Equal(0, rig.Machines.Applies);

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await SeeAsync();
        rig.Machines.Answer = () => new StepState(StepStatus.Blocked, "others may mount it too") { HasDrift = true };
        await ReconcileAsync(Ready());
        Assert.Equal(1, rig.Machines.Applies);
    }

    [Fact]
    public async Task A_store_that_is_applied_anew_under_the_same_name_is_tested_anew()
    {
        await SeeAsync();
        rig.Machines.Answer = () => Exported;
        await ReconcileAsync(Ready());
        await ReconcileAsync(Ready());
        Assert.Equal(1, rig.Machines.Tests);

        var another = Ready();
        another.Metadata.Uid = "another";
        await ReconcileAsync(another);

        Assert.Equal(2, rig.Machines.Tests);
    }

    [Fact]
    public async Task Nothing_is_remembered_of_a_host_or_a_store_that_is_gone()
    {
        await SeeAsync();
        rig.Machines.Answer = () => Exported;
        var store = await ReconcileAsync(Ready());
        Assert.Equal(1, rig.Remembered);

        rig.Remove("node1");
        await ReconcileAsync(store);
        Assert.Equal(0, rig.Remembered);

        rig.Add(HostRig.Host());
        await SeeAsync();
        await ReconcileAsync(store);
        Assert.Equal(1, rig.Remembered);
        await rig.Controller().DeletedAsync(store, Token);
        Assert.Equal(0, rig.Remembered);
    }

    [Fact]
    public async Task A_mount_that_does_not_work_is_tested_ever_more_seldom_until_it_is_another_one()
    {
        rig.Machines.Answer = () => Exported;
        rig.Machines.Access = new StoreAccess(Works: false, string.Empty, "Permission denied");
        var store = Ready();
        for (var pass = 0; pass < 60; pass++)
        {
            await SeeAsync();
            store = await ReconcileAsync(store);
            rig.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.InRange(rig.Machines.Tests, 5, 10);
        var before = rig.Machines.Tests;
        await rig.SeeAsync(Token);
        await ReconcileAsync(store);
        Assert.Equal(before + 1, rig.Machines.Tests);
    }

    [Fact]
    public async Task A_store_whose_mount_path_is_taken_is_neither_exported_nor_mounted()
    {
        var older = Ready();
        older.Metadata = new V1ObjectMeta { Name = "older", CreationTimestamp = DateTime.UnixEpoch };
        rig.Add(older);
        var store = Ready();
        store.Metadata.CreationTimestamp = DateTime.UnixEpoch.AddDays(1);
        rig.Add(store);
        var copy = rig.Copy(store);

        await rig.Controller().ReconcileAsync(copy, Token);

        Assert.Equal((("Invalid", "False")), (copy.Status!.Phase!, Condition(copy, CommonConditions.Valid).Status));
        Assert.False(rig.Machines.Asked.Task.IsCompleted);
    }

    private static StepState Exported { get; } = new(StepStatus.Ready, "it is exported to the pool's hosts and to nobody else");

    [Fact]
    public async Task A_store_that_fills_says_so_once_and_is_ready_all_the_same()
    {
        rig.Machines.Answer = () => new StepState(StepStatus.Ready, "it is exported");
        var store = Ready();
        foreach (var free in new long[] { 50, 4, 5, 3 })
        {
            await rig.SeeAsync(Token, new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 100, free, string.Empty));
            store = await ReconcileAsync(store);
        }

        Assert.Equal(("False", NfsStoreReasons.NearlyFull), (Condition(store, NfsStoreConditions.SpaceAvailable).Status, Condition(store, NfsStoreConditions.SpaceAvailable).Reason));
        Assert.Equal("True", Condition(store, CommonConditions.Ready).Status);
        Assert.Equal([NfsStoreReasons.NearlyFull], rig.Machines.Events);

        await SeeAsync();
        Assert.Equal("True", Condition(await ReconcileAsync(store), NfsStoreConditions.SpaceAvailable).Status);
    }

    [Fact]
    public async Task The_mark_of_the_store_is_kept_and_a_host_is_asked_for_that_one()
    {
        rig.Machines.Answer = () => new StepState(StepStatus.Ready, "it is exported");
        await SeeAsync();
        var store = await ReconcileAsync(Ready());
        Assert.Equal("id", store.Status!.StoreId);

        rig.Machines.Access = new KvmOperator.Hosts.Nfs.StoreAccess(Works: true, "another", string.Empty);
        rig.Clock.Advance(TimeSpan.FromMinutes(6));
        await SeeAsync();
        store = await ReconcileAsync(store);

        Assert.Equal("id", rig.Machines.KnownId);
        Assert.Equal("id", store.Status!.StoreId);
    }

    private Task SeeAsync() => rig.SeeAsync(Token, new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 100, 50, string.Empty));

    private async Task<NfsStore> ReconcileAsync(NfsStore store)
    {
        var copy = rig.Copy(store);
        await rig.Controller().ReconcileAsync(copy, Token);
        return copy;
    }

    private async Task<NfsStore> BusyAsync(NfsStore store)
    {
        var copy = rig.Copy(store);
        var pass = rig.Controller().ReconcileAsync(copy, Token);
        await rig.Machines.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await pass;
        return copy;
    }

    private static NfsStore Ready()
    {
        var store = SpecSamples.Store;
        store.Status = new NfsStoreStatus
        {
            Phase = "Ready",
            Conditions = [.. NfsStoreConditions.All.Select(type => new V1Condition { Type = type, Status = "True", Reason = CommonReasons.AsExpected, Message = "so it is" })],
        };
        return store;
    }

    private static V1Condition Condition(NfsStore store, string type) => store.Status!.Conditions.Single(condition => condition.Type == type);
}
