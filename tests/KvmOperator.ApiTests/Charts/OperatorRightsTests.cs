using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Runtime;
using Xunit;

namespace KvmOperator.ApiTests.Charts;

/// <summary>The operator with the rights that the chart gives it, on an API server that enforces them: it works, and it could do no more.</summary>
public sealed class OperatorRightsTests(ClusterFixture cluster) : IClassFixture<InstalledChart>
{
    private const string Account = $"system:serviceaccount:{HelmChart.Namespace}:kvm-operator";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("list", "kvmoperator.io", "kvmhosts", null, null)]
    [InlineData("patch", "kvmoperator.io", "virtualmachines/status", "default", null)]
    [InlineData("create", "kvmoperator.io", "vmmigrations", "default", null)]
    [InlineData("delete", "kvmoperator.io", "vmmigrations", "default", null)]
    [InlineData("watch", "", "secrets", HelmChart.Namespace, null)]
    [InlineData("watch", "", "configmaps", HelmChart.Namespace, null)]
    [InlineData("patch", "coordination.k8s.io", "leases", HelmChart.Namespace, "kvm-operator")]
    [InlineData("create", "events.k8s.io", "events", "kube-system", null)]
    public async Task What_it_does_is_allowed(string verb, string group, string resource, string? ofNamespace, string? name) =>
        Assert.True(await MayAsync(verb, group, resource, ofNamespace, name));

    [Theory]
    [InlineData("get", "", "secrets", "default", "user-data")]
    [InlineData("list", "", "secrets", "default", null)]
    [InlineData("list", "", "secrets", null, null)]
    [InlineData("get", "", "secrets", HelmChart.Namespace, "key")]
    [InlineData("create", "", "secrets", HelmChart.Namespace, null)]
    [InlineData("list", "", "configmaps", "default", null)]
    [InlineData("update", "", "configmaps", HelmChart.Namespace, "kvm-operator-settings")]
    [InlineData("patch", "coordination.k8s.io", "leases", HelmChart.Namespace, "another")]
    [InlineData("delete", "coordination.k8s.io", "leases", HelmChart.Namespace, "kvm-operator")]
    [InlineData("create", "kvmoperator.io", "vmwareimports", "default", null)]
    [InlineData("delete", "kvmoperator.io", "vmwareimports", "default", null)]
    [InlineData("delete", "kvmoperator.io", "virtualmachines", "default", null)]
    [InlineData("delete", "kvmoperator.io", "kvmhosts", null, null)]
    [InlineData("update", "kvmoperator.io", "kvmhosts/status", null, null)]
    [InlineData("list", "", "nodes", null, null)]
    [InlineData("list", "", "pods", HelmChart.Namespace, null)]
    [InlineData("create", "", "pods", HelmChart.Namespace, null)]
    [InlineData("delete", "apiextensions.k8s.io", "customresourcedefinitions", null, "kvmhosts.kvmoperator.io")]
    public async Task What_it_does_not_do_is_not(string verb, string group, string resource, string? ofNamespace, string? name) =>
        Assert.False(await MayAsync(verb, group, resource, ofNamespace, name));

    /// <summary>A host that does not answer, a store, a guest, and a move that is given up and removed: statuses, finalizers, events, the lease and a deletion. No machine is needed.</summary>
    [Fact]
    public async Task The_operator_works_with_them_and_is_refused_nothing()
    {
        var kubeconfig = Path.GetTempFileName();
        var port = FreePort();
        JsonObject[] objects =
        [
            Sample("KvmHost", "rights-host", """{"address": "127.0.0.1", "ssh": {"port": 1, "credentialsSecretRef": {"name": "rights-key"}}}"""),
            Sample("NfsStore", "rights-store", null),
            Sample("VirtualMachine", "rights-guest", null),
            Sample("VmMigration", "rights-move", """{"virtualMachineRef": {"name": "rights-nobody"}, "timeoutSeconds": 10, "ttlSecondsAfterFinished": 0}"""),
        ];
        try
        {
            await File.WriteAllTextAsync(kubeconfig, await KubeconfigAsync(), Token);
            await using (var product = ReplicaProcess.StartProduct(kubeconfig, HelmChart.Namespace, port))
            {
                foreach (var item in objects)
                {
                    var (status, answer) = await SendAsync(HttpMethod.Post, SampleObjects.CollectionOf((string)item["kind"]!), item);
                    Assert.True(status == HttpStatusCode.Created, (string?)answer["message"]);
                }

                foreach (var item in objects[..3])
                {
                    await Eventually.IsTrueAsync(
                        async () => await GetAsync(item) is { } seen && seen["status"]?["phase"] is not null && seen["metadata"]?["finalizers"] is not null, $"a status and a finalizer of {item["kind"]}", Soon, Token);
                }

                await Eventually.IsTrueAsync(async () => await GetAsync(objects[3]) is null, "the end of the move", Soon, Token);
                await Eventually.IsTrueAsync(HasEventAsync, "an event about the host", Soon, Token);
                var lease = await cluster.Client.CoordinationV1.ReadNamespacedLeaseAsync("kvm-operator", HelmChart.Namespace, cancellationToken: Token);
                Assert.NotEmpty(lease.Spec.HolderIdentity);

                var requests = (await MetricsPage.ReadAsync(new Uri($"http://127.0.0.1:{port}"), Token)).Keys.Where(name => name.StartsWith("rest_client_requests_total", StringComparison.Ordinal)).ToList();
                Assert.Contains(requests, name => name.Contains("code=\"200\"", StringComparison.Ordinal));
                Assert.DoesNotContain(requests, name => name.Contains("code=\"403\"", StringComparison.Ordinal));
                product.Terminate();
                Assert.Equal(0, await product.ExitCodeAsync(Soon, Token));
            }
        }
        finally
        {
            File.Delete(kubeconfig);
            foreach (var item in objects)
            {
                // Nobody is there any more who would take them off.
                await SendAsync(HttpMethod.Patch, AddressOf(item), JsonNode.Parse("""{"metadata": {"finalizers": null}}""")!.AsObject());
                await SendAsync(HttpMethod.Delete, AddressOf(item), null);
            }
        }
    }

    private static JsonObject Sample(string kind, string name, string? spec)
    {
        var item = SampleObjects.Valid(kind, name);
        item["spec"] = spec is null ? item["spec"]!.DeepClone() : JsonNode.Parse(spec);
        return item;
    }

    private static string AddressOf(JsonObject item) => $"{SampleObjects.CollectionOf((string)item["kind"]!)}/{HelmChart.NameOf(item)}";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Where the administrator's leads, with the account's token in the place of theirs.</summary>
    private async Task<string> KubeconfigAsync()
    {
        var (status, answer) = await SendAsync(
            HttpMethod.Post,
            $"/api/v1/namespaces/{HelmChart.Namespace}/serviceaccounts/kvm-operator/token",
            JsonNode.Parse("""{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}""")!.AsObject());
        Assert.True(status == HttpStatusCode.Created, (string?)answer["message"]);
        var admin = YamlDocuments.Read(await File.ReadAllTextAsync(cluster.Kubeconfig, Token))[0];
        admin["users"]![0]!["user"] = new JsonObject { ["token"] = answer["status"]!["token"]!.DeepClone() };
        return admin.ToJsonString();
    }

    private async Task<bool> HasEventAsync()
    {
        var events = await cluster.Client.EventsV1.ListEventForAllNamespacesAsync(cancellationToken: Token);
        return events.Items.Any(item => item.Regarding?.Name == "rights-host");
    }

    private async Task<JsonObject?> GetAsync(JsonObject item)
    {
        var (status, answer) = await SendAsync(HttpMethod.Get, AddressOf(item), null);
        return status == HttpStatusCode.OK ? answer : null;
    }

    private async Task<bool> MayAsync(string verb, string group, string resource, string? ofNamespace, string? name)
    {
        var parts = resource.Split('/');
        var review = new V1SubjectAccessReview
        {
            Spec = new V1SubjectAccessReviewSpec
            {
                User = Account,
                ResourceAttributes = new V1ResourceAttributes
                {
                    Verb = verb,
                    Group = group,
                    Resource = parts[0],
                    Subresource = parts.Length > 1 ? parts[1] : null,
                    NamespaceProperty = ofNamespace,
                    Name = name,
                },
            },
        };
        return (await cluster.Client.AuthorizationV1.CreateSubjectAccessReviewAsync(review, cancellationToken: Token)).Status.Allowed;
    }

    private async Task<(HttpStatusCode Status, JsonObject Answer)> SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        using var answer = await cluster.SendAsync(method, path, content, Token);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!.AsObject());
    }
}
