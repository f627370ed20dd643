using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using KvmOperator.ApiTests.Cluster;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(ClusterFixture))]
// One control plane serves all tests, and some of them stop or freeze it.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace KvmOperator.ApiTests.Cluster;

/// <summary>
/// The real Kubernetes API that every test of this project talks to: the cluster that KVM_OPERATOR_TEST_KUBECONFIG names, else K3s where a
/// Docker engine answers, else the control plane built on this machine. Where none can be had, every test fails.
/// </summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    /// <summary>The variable that names the kubeconfig of a cluster to test against.</summary>
    public const string KubeconfigVariable = "KVM_OPERATOR_TEST_KUBECONFIG";

    private ITestCluster? cluster;

    /// <summary>A client with an administrator's rights.</summary>
    public Kubernetes Client { get; private set; } = null!;

    /// <summary>The path of the administrator's kubeconfig.</summary>
    public string Kubeconfig => Cluster.Kubeconfig;

    /// <summary>Where the API answers, for example to put a fault proxy before it.</summary>
    public Uri ApiServer => Client.BaseUri;

    /// <summary>The own address of the current CRD server that stands behind <see cref="ApiServer"/>; null where the API server is the only one.</summary>
    public Uri? CrdServer => (Cluster as LocalControlPlane)?.CrdServer;

    /// <summary>The processes behind the API, for tests that stop, freeze or compact it. Skips the test on a cluster that is not ours to break.</summary>
    public LocalControlPlane ControlPlane
    {
        get
        {
            Assert.SkipUnless(Cluster is LocalControlPlane, "Only the control plane of the local build may be broken on purpose");
            return (LocalControlPlane)Cluster;
        }
    }

    private ITestCluster Cluster => cluster ?? throw new InvalidOperationException("The cluster was not started");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        cluster = await ChooseAsync(TestContext.Current.CancellationToken);
        Client = new Kubernetes(Configuration());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }
    }

    /// <summary>A fresh client configuration of the administrator, by default for <see cref="ApiServer"/>.</summary>
    /// <param name="host">Another address that leads to the same server, such as a fault proxy's.</param>
    public KubernetesClientConfiguration Configuration(Uri? host = null)
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig);
        if (host is not null)
        {
            configuration.Host = host.ToString().TrimEnd('/');
        }

        return configuration;
    }

    /// <summary>
    /// Installs custom resource definitions, each a YAML text with one definition, on the server that serves their group, and waits until
    /// their kinds can be used through <see cref="ApiServer"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The server refused a definition; the message is the server's.</exception>
    public async Task ApplyCustomResourceDefinitionsAsync(IReadOnlyCollection<string> definitions, CancellationToken cancellationToken)
    {
        var parsed = definitions.Select(CustomResourceDefinition.Parse).ToArray();
        foreach (var definition in parsed)
        {
            if (CrdServer is not null && definition.IsOfTheProduct)
            {
                // The script also registers the group, so that the one endpoint serves it.
                await ControlPlane.InstallAsync(definition.Yaml, cancellationToken);
            }
            else
            {
                await ApplyAsync(definition, cancellationToken);
            }
        }

        foreach (var definition in parsed)
        {
            await Eventually.SucceedsAsync(
                async () =>
                {
                    using var answer = await SendAsync(HttpMethod.Get, definition.ListPath, null, cancellationToken);
                    answer.EnsureSuccessStatusCode();
                },
                TimeSpan.FromSeconds(30),
                cancellationToken);
        }
    }

    /// <summary>A request as the administrator, for what the typed client cannot say.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="path">Path and query, from the server's root.</param>
    /// <param name="content">The body, with its content type.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <param name="server">Another server than <see cref="ApiServer"/>, such as <see cref="CrdServer"/>.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, Uri? server = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(server ?? ApiServer, path)) { Content = content };
        if (Client.Credentials is not null)
        {
            await Client.Credentials.ProcessHttpRequestAsync(request, cancellationToken);
        }

        if (server is null)
        {
            return await Client.HttpClient.SendAsync(request, cancellationToken);
        }

        // The CRD server makes its own certificate; it is on loopback and only for tests.
        var configuration = Configuration(server);
        configuration.SkipTlsVerify = true;
        configuration.SslCaCerts = null;
        using var client = new Kubernetes(configuration);
        return await client.HttpClient.SendAsync(request, cancellationToken);
    }

    private static async Task<ITestCluster> ChooseAsync(CancellationToken cancellationToken)
    {
        var kubeconfig = Environment.GetEnvironmentVariable(KubeconfigVariable);
        if (!string.IsNullOrEmpty(kubeconfig))
        {
            return File.Exists(kubeconfig)
                ? new GivenCluster(kubeconfig)
                : throw new InvalidOperationException($"{KubeconfigVariable} names {kubeconfig}, which does not exist");
        }

        return await K3sCluster.TryStartAsync(cancellationToken) ?? (ITestCluster)await LocalControlPlane.StartAsync(cancellationToken);
    }

    private async Task ApplyAsync(CustomResourceDefinition definition, CancellationToken cancellationToken)
    {
        // Not by server-side apply: an old server refuses fields that it does not know there, and drops them here.
        var wanted = KubernetesYaml.Deserialize<V1CustomResourceDefinition>(definition.Yaml);
        try
        {
            var existing = await Client.ApiextensionsV1.ListCustomResourceDefinitionAsync(
                fieldSelector: "metadata.name=" + definition.Name, cancellationToken: cancellationToken);
            if (existing.Items.SingleOrDefault() is { } current)
            {
                wanted.Metadata.ResourceVersion = current.ResourceVersion();
                await Client.ApiextensionsV1.ReplaceCustomResourceDefinitionAsync(wanted, definition.Name, cancellationToken: cancellationToken);
            }
            else
            {
                await Client.ApiextensionsV1.CreateCustomResourceDefinitionAsync(wanted, cancellationToken: cancellationToken);
            }
        }
        catch (HttpOperationException refused)
        {
            throw new InvalidOperationException($"The server refused {definition.Name}: {JsonNode.Parse(refused.Response.Content)?["message"]}", refused);
        }
    }
}
