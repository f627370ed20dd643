using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class InformerTests : IUndecodableObserver
{
    private readonly List<string> undecodable = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1e99999999999")]
    [InlineData("9e2147483648")]
    [InlineData("many")]
    public async Task An_object_with_a_quantity_that_no_number_holds_is_reported_and_the_others_are_known(string memory)
    {
        var list = $$"""
            {"metadata":{"resourceVersion":"7"},"items":[
              {"metadata":{"name":"bad","namespace":"here","uid":"1","resourceVersion":"1"},"spec":{"memory":"{{memory}}","disks":[]} },
              {"metadata":{"name":"good","namespace":"here","uid":"2","resourceVersion":"2"},"spec":{"memory":"1Gi","disks":[]} }]}
            """;
        var store = new ObjectStore<VirtualMachine>([]);

        await UntilSyncedAsync(store, list);

        Assert.Equal("good", Assert.Single(store.List()).Name());
        Assert.Equal(["bad"], undecodable);
    }

    [Fact]
    public async Task What_somebody_changed_just_before_an_own_write_is_told_once_though_the_watch_comes_too_late()
    {
        var store = new ObjectStore<VirtualMachine>([]);
        var changes = new List<EntityChange<VirtualMachine>>();
        await UntilSyncedAsync(
            store,
            """{"metadata":{"resourceVersion":"99"},"items":[{"metadata":{"name":"a","namespace":"here","uid":"1","resourceVersion":"99","generation":1},"spec":{}}]}""",
            changes.Add,
            () =>
            {
                store.PutOwnWrite(Machine("101", generation: 2));
                store.PutOwnWrite(Machine("102", generation: 2));
            });

        Assert.Equal([(ChangeKind.Listed, 1L), (ChangeKind.Modified, 2L)], changes.Select(change => (change.Kind, change.Entity.Metadata.Generation!.Value)));
    }

    [Fact]
    public async Task A_resync_comes_one_by_one_over_its_interval()
    {
        var clock = new FakeTimeProvider();
        var server = new ObjectServer();
        for (var number = 0; number < 10; number++)
        {
            server.Add(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = $"map-{number}", NamespaceProperty = "here" } });
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var api = server.Server;
        var informer = new Informer<V1ConfigMap>(
            api.Client(clock), new ObjectStore<V1ConfigMap>([]), new InformerOptions { ResyncInterval = TimeSpan.FromSeconds(100) }, this, clock, NullLogger<Informer<V1ConfigMap>>.Instance);
        var resynced = new ConcurrentQueue<string>();
        informer.Subscribe(change =>
        {
            if (change.Kind == ChangeKind.Resynced)
            {
                resynced.Enqueue(change.Entity.Name());
            }
        });
        var running = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(Token);

        for (var seconds = 0; seconds < 55; seconds++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }

        // Timers are set a moment after the time that they are set for; each step may begin a little late.
        Assert.InRange(resynced.Count, 3, 5);
        Assert.Distinct(resynced);
        await stop.CancelAsync();
        await running;
    }

    void IUndecodableObserver.Found(V1ObjectReference reference, string message) => undecodable.Add(reference.Name);

    void IUndecodableObserver.Counted(string kind, int count)
    {
    }

    private static VirtualMachine Machine(string version, long generation) => new()
    {
        Metadata = new V1ObjectMeta { Name = "a", NamespaceProperty = "here", Uid = "1", ResourceVersion = version, Generation = generation },
    };

    private async Task UntilSyncedAsync(ObjectStore<VirtualMachine> store, string list, Action<EntityChange<VirtualMachine>>? subscriber = null, Action? then = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var server = new FakeApiServer(async (request, cancellationToken) =>
        {
            if (request.IsWatch)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return FakeApiServer.Json(list, HttpStatusCode.OK);
        });
        var informer = new Informer<VirtualMachine>(
            server.Client(TimeProvider.System), store, new InformerOptions(), this, TimeProvider.System, NullLogger<Informer<VirtualMachine>>.Instance);
        if (subscriber is not null)
        {
            informer.Subscribe(subscriber);
        }

        var running = informer.RunAsync(stop.Token);
        await (await Task.WhenAny(running, informer.WaitForSyncAsync(Token)));
        then?.Invoke();
        await stop.CancelAsync();
        await running;
    }
}
