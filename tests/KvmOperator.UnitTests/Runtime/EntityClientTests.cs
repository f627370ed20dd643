using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class EntityClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_names_its_writer_and_what_is_read_does_not()
    {
        var queries = new List<string>();
        using var server = new FakeApiServer((request, _) =>
        {
            queries.Add($"{request.Method} {request.Query}");
            return Task.FromResult(FakeApiServer.Json("""{"metadata":{"name":"a"}}"""));
        });
        using var kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, server);
        var client = new EntityClient(kubernetes, TimeProvider.System, "kvm-operator");

        await client.GetAsync<V1ConfigMap>(new EntityKey("here", "a"), Token);
        await client.PatchAsync<V1ConfigMap>(new EntityKey("here", "a"), PatchKind.Merge, new JsonObject(), "status", Token);
        await client.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "a", NamespaceProperty = "here" } }, Token);
        await client.DeleteAsync<V1ConfigMap>(new EntityKey("here", "a"), Token);

        Assert.Equal(["GET ", "PATCH ?fieldManager=kvm-operator", "POST ?fieldManager=kvm-operator", "DELETE "], queries);
    }

    [Fact]
    public async Task The_operator_names_itself_and_its_version_to_the_server()
    {
        var services = new ServiceCollection();
        services.AddKubernetesOperator(settings =>
        {
            settings.Name = "kvm-operator";
            settings.Version = "1.2.3";
            settings.Client = new KubernetesClientConfiguration { Host = "http://api.invalid" };
        });
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("kvm-operator/1.2.3", provider.GetRequiredService<Kubernetes>().HttpClient.DefaultRequestHeaders.UserAgent.ToString());
    }
}
