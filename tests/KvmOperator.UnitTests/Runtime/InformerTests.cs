using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.DependencyInjection;
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
        var bad = Assert.Single(store.Undecodable);
        Assert.Equal((new EntityKey("here", "bad"), "1", memory), (bad.Key, bad.Uid, bad.Text("spec", "memory")));
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
    public async Task What_cannot_be_read_is_known_as_such_until_it_can_be_or_is_gone()
    {
        var server = new ObjectServer();
        await using var rig = new OperatorRig(server.Server);
        rig.Builder.Watch<KvmHost>();
        await rig.StartAsync(Token);
        var store = rig.Services.GetRequiredService<IEntityStore<KvmHost>>();
        await server.SayAsync("ADDED", Host("known"));
        await UntilAsync(() => store.Get(new EntityKey(null, "known")) is not null);

        await server.SayAsync<KvmHost>(Newer("known", 101));
        await server.SayAsync<KvmHost>(Newer("never", 102));
        await UntilAsync(() => store.Undecodable.Count == 2);

        var never = store.Undecodable.Single(host => host.Key.Name == "never");
        Assert.Equal(("blue", null, "a"), (never.Text("spec", "pool"), never.Text("spec", "address", "deeper"), never.Labels["kept"]));
        Assert.Contains("$.spec.mode", never.Error, StringComparison.Ordinal);
        Assert.Null(store.Get(never.Key));
        Assert.NotNull(store.Get(new EntityKey(null, "known")));

        await server.SayAsync("MODIFIED", Host("known"), "103");
        await UntilAsync(() => store.Undecodable.Count == 1);
        await server.SayAsync<KvmHost>(Newer("never", 104).Replace("ADDED", "DELETED", StringComparison.Ordinal));
        await UntilAsync(() => store.Undecodable.Count == 0);

        static KvmHost Host(string name) => new() { Metadata = new V1ObjectMeta { Name = name }, Spec = new KvmHostSpec { Address = "10.0.0.1" } };

        static string Newer(string name, int version) => $$"""
            {"type":"ADDED","object":{"metadata":{"name":"{{name}}","uid":"{{name}}","resourceVersion":"{{version}}","labels":{"kept":"a"} },"spec":{"address":"10.0.0.1","mode":"Resting","pool":"blue"} } }
            """;
    }

    [Fact]
    public async Task A_watch_whose_history_goes_back_is_listed_anew()
    {
        var server = new ObjectServer();
        server.Add(Map("here"));
        await using var rig = new OperatorRig(server.Server);
        rig.Builder.Watch<V1ConfigMap>();
        await rig.StartAsync(Token);
        var store = rig.Services.GetRequiredService<IEntityStore<V1ConfigMap>>();
        await server.SayAsync("ADDED", Map("later"), "500");
        await UntilAsync(() => store.List().Count == 2);

        await server.SayAsync("BOOKMARK", Map("bookmark"), "3");

        await UntilAsync(() => server.Lists == 2 && store.List().Count == 1);
        Assert.Equal("here", Assert.Single(store.List()).Name());
    }

    [Theory]
    [InlineData(typeof(k8s.Exceptions.KubeConfigException))]
    [InlineData(typeof(AggregateException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public async Task Credentials_that_cannot_be_had_end_nothing(Type fault)
    {
        var asked = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var failing = new FakeApiServer((_, _) => ++asked < 3
            ? throw (Exception)Activator.CreateInstance(fault, "the helper for credentials failed")!
            : Task.FromResult(FakeApiServer.Json("""{"metadata":{"resourceVersion":"7"},"items":[]}""")));
        var informer = new Informer<V1ConfigMap>(
            failing.Client(TimeProvider.System), new ObjectStore<V1ConfigMap>([]), new InformerOptions(), this, TimeProvider.System, NullLogger<Informer<V1ConfigMap>>.Instance);

        var running = informer.RunAsync(stop.Token);
        await (await Task.WhenAny(running, informer.WaitForSyncAsync(Token)));

        Assert.True(informer.HasSynced);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task One_that_waits_without_end_is_stuck_and_one_whose_server_is_away_is_not()
    {
        var clock = new FakeTimeProvider();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var isDeaf = false;
        using var server = new FakeApiServer(async (_, _) =>
        {
            if (isDeaf)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Token);
            }

            return FakeApiServer.Refused(HttpStatusCode.Forbidden);
        });
        var informer = new Informer<V1ConfigMap>(
            server.Client(clock), new ObjectStore<V1ConfigMap>([]), new InformerOptions(), this, clock, NullLogger<Informer<V1ConfigMap>>.Instance);
        var running = Task.Run(() => informer.RunAsync(stop.Token), Token);

        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Null(informer.Stuck);
        isDeaf = true;
        await PassAsync(TimeSpan.FromMinutes(5));

        Assert.Contains("ConfigMap", informer.Stuck, StringComparison.Ordinal);

        async Task PassAsync(TimeSpan time)
        {
            for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(5))
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Token);
            }
        }
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

    private static V1ConfigMap Map(string name) => new() { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "here" } };

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var times = 0; !condition(); times++)
        {
            Assert.True(times < 12000);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token);
        }
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
