using System.Net;
using k8s.Models;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>A pass begins with an object from the store, which may be older than what happened to it.</summary>
public sealed class EntityPassTests
{
    private const string Identifier = "example.com/cleanup";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_that_is_gone_gets_no_pass() =>
        Assert.Equal((0, 0), await CallsAsync(request => FakeApiServer.Refused(request.Method == "PATCH" ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.NotFound)));

    [Fact]
    public async Task An_object_in_whose_place_is_another_gets_no_pass() =>
        Assert.Equal((0, 0), await CallsAsync(request => request.Method == "PATCH" ? FakeApiServer.Refused(HttpStatusCode.UnprocessableEntity) : Map("other", "8")));

    [Fact]
    public async Task An_object_that_is_being_deleted_gets_no_finalizer_and_no_pass_but_is_finalised() =>
        Assert.Equal((0, 1), await CallsAsync(request => request switch
        {
            { Method: "PATCH", Body: var body } when body.Contains("\"8\"", StringComparison.Ordinal) => Map("uid", "9"),
            { Method: "PATCH" } => FakeApiServer.Refused(HttpStatusCode.UnprocessableEntity),
            _ => Map("uid", "8", $$""","deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["{{Identifier}}"]"""),
        }));

    [Fact]
    public async Task An_object_that_got_its_finalizer_gets_its_pass() => Assert.Equal((1, 0), await CallsAsync(_ => Map("uid", "8", $$""","finalizers":["{{Identifier}}"]""")));

    private static HttpResponseMessage Map(string uid, string version, string rest = "") =>
        FakeApiServer.Json($$"""{"metadata":{"name":"a","namespace":"here","uid":"{{uid}}","resourceVersion":"{{version}}"{{rest}} } }""");

    /// <summary>Passes an object without our finalizer; answers how often the controller and the finalizer were called.</summary>
    private static async Task<(int Passes, int Finalized)> CallsAsync(Func<FakeApiRequest, HttpResponseMessage> answer)
    {
        using var server = new FakeApiServer((request, _) => Task.FromResult(answer(request)));
        var calls = new PassCalls();
        await using var services = new ServiceCollection().AddSingleton(calls).AddScoped<CountingController>().AddScoped<CountingFinalizer>().BuildServiceProvider();
        var store = new ObjectStore<V1ConfigMap>([]);
        var stored = new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "a", NamespaceProperty = "here", Uid = "uid", ResourceVersion = "7" } };
        store.Put(stored, out _);
        var baselines = new StatusBaselines();
        var finalizers = new FinalizerManager<V1ConfigMap>(
            [new FinalizerRegistration<V1ConfigMap>(Identifier, typeof(CountingFinalizer))], server.Client(TimeProvider.System), store, baselines);
        var pass = new EntityPass<V1ConfigMap>(typeof(CountingController), services.GetRequiredService<IServiceScopeFactory>(), finalizers, baselines);

        Assert.Equal(PassOutcome.Done, await pass.ReconcileAsync(stored, Token));

        return (calls.Passes, calls.Finalized);
    }

    private sealed class PassCalls
    {
        public int Passes { get; set; }

        public int Finalized { get; set; }
    }

    private sealed class CountingController(PassCalls calls) : IEntityController<V1ConfigMap>
    {
        public Task<ReconciliationResult<V1ConfigMap>> ReconcileAsync(V1ConfigMap entity, CancellationToken cancellationToken)
        {
            calls.Passes++;
            return Task.FromResult(ReconciliationResult<V1ConfigMap>.Success(entity));
        }

        public Task<ReconciliationResult<V1ConfigMap>> DeletedAsync(V1ConfigMap entity, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class CountingFinalizer(PassCalls calls) : IEntityFinalizer<V1ConfigMap>
    {
        public Task<ReconciliationResult<V1ConfigMap>> FinalizeAsync(V1ConfigMap entity, CancellationToken cancellationToken)
        {
            calls.Finalized++;
            return Task.FromResult(ReconciliationResult<V1ConfigMap>.Success(entity));
        }
    }
}
