using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>How soon a dead server is told, with fake machines, a fake clock and an API server that takes every status.</summary>
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
    public async Task A_server_that_does_not_answer_is_told_after_ten_seconds()
    {
        await rig.SeeAsync(Token, new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 100, 50, string.Empty));
        var store = rig.Copy(Ready());

        var pass = rig.Controller().ReconcileAsync(store, Token);
        await rig.Machines.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await pass;

        Assert.Equal("Degraded", store.Status!.Phase);
        Assert.Equal(NfsStoreReasons.ServerUnreachable, Condition(store, NfsStoreConditions.ServerReady).Reason);
        Assert.Equal("True", Condition(store, NfsStoreConditions.Exported).Status);
        Assert.Equal("True", Condition(store, NfsStoreConditions.Mounted).Status);
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
