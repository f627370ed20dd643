using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class OwnerTests : IUndecodableObserver
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_without_a_namespace_is_woken_by_what_it_owns_in_one() =>
        Assert.Equal(
            [new EntityKey(null, "owner")],
            await WokenAsync(new V1Node { Metadata = new V1ObjectMeta { Name = "owner", Uid = "uid" } }, "Node", "v1"));

    [Fact]
    public async Task An_owner_in_the_same_namespace_is_woken() =>
        Assert.Equal(
            [new EntityKey("here", "owner")],
            await WokenAsync(new V1Lease { Metadata = new V1ObjectMeta { Name = "owner", NamespaceProperty = "here", Uid = "uid" } }, "Lease", "coordination.k8s.io/v1"));

    [Fact]
    public async Task Another_object_of_the_owners_name_is_not_woken() =>
        Assert.Empty(await WokenAsync(new V1Node { Metadata = new V1ObjectMeta { Name = "owner", Uid = "another" } }, "Node", "v1"));

    void IUndecodableObserver.Found(V1ObjectReference reference, string message)
    {
    }

    void IUndecodableObserver.Counted(string kind, int count)
    {
    }

    /// <summary>Who is woken by a config map in the namespace here that belongs to the owner.</summary>
    private async Task<IReadOnlyList<EntityKey>> WokenAsync<TOwner>(TOwner owner, string kind, string apiVersion)
        where TOwner : class, IKubernetesObject<V1ObjectMeta>
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var server = new FakeApiServer(async (request, cancellationToken) =>
        {
            if (request.IsWatch)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return FakeApiServer.Json($$"""
                {"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"owned","namespace":"here","uid":"1","resourceVersion":"1",
                 "ownerReferences":[{"apiVersion":"{{apiVersion}}","kind":"{{kind}}","name":"owner","uid":"uid"}]} }]}
                """);
        });
        var informer = new Informer<V1ConfigMap>(
            server.Client(TimeProvider.System), new ObjectStore<V1ConfigMap>([]), new InformerOptions(), this, TimeProvider.System, NullLogger<Informer<V1ConfigMap>>.Instance);
        var owners = new ObjectStore<TOwner>([]);
        owners.Put(owner, out _);
        await using var services = new ServiceCollection().AddSingleton(informer).AddSingleton<IEntityStore<TOwner>>(owners).BuildServiceProvider();
        var woken = new List<EntityKey>();
        foreach (var mapping in new ControllerOptions<TOwner>().Owns<V1ConfigMap>().Mappings)
        {
            mapping.Connect(services, null, (key, _) => woken.Add(key));
        }

        var running = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(Token);
        await stop.CancelAsync();
        await running;
        return woken;
    }
}
