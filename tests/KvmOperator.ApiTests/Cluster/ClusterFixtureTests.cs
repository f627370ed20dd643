using System.Text.Json.Nodes;
using k8s;
using Xunit;

namespace KvmOperator.ApiTests.Cluster;

/// <summary>The fixture gives what it promises, on whatever cluster was chosen.</summary>
public sealed class ClusterFixtureTests(ClusterFixture cluster)
{
    private const string Definition =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: GROUPPROBES
        spec:
          group: GROUPNAME
          scope: Cluster
          names: {plural: fixtureprobes, singular: fixtureprobe, kind: FixtureProbe, listKind: FixtureProbeList}
          versions:
          - name: v1alpha1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    properties:
                      fixed: {type: string, maxLength: 10, x-kubernetes-validations: [{rule: self == oldSelf, message: fixed is immutable}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("kvmoperator.io")]
    [InlineData("fixture.example.com")]
    public async Task A_definition_is_served_through_the_main_endpoint_once_it_was_applied(string group)
    {
        await cluster.ApplyCustomResourceDefinitionsAsync([ForGroup(group)], Token);

        using var answer = await cluster.SendAsync(HttpMethod.Get, $"/apis/{group}/v1alpha1/fixtureprobes", null, Token);
        var list = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("FixtureProbeList", (string?)list?["kind"]);
    }

    [Fact]
    public async Task A_refused_definition_fails_with_the_words_of_the_server()
    {
        var broken = ForGroup("fixture.example.com").Replace("scope: Cluster", "scope: Galaxy", StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.ApplyCustomResourceDefinitionsAsync([broken], Token));

        Assert.Contains("Galaxy", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_current_server_keeps_rules_that_an_old_one_drops()
    {
        Assert.SkipWhen(cluster.CrdServer is null, "There is no current CRD server beside the API server");
        await cluster.ApplyCustomResourceDefinitionsAsync([ForGroup("kvmoperator.io")], Token);

        using var answer = await cluster.SendAsync(
            HttpMethod.Get,
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/fixtureprobes.kvmoperator.io",
            null,
            Token,
            cluster.CrdServer);

        Assert.Contains("fixed is immutable", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_has_an_administrators_rights()
    {
        var namespaces = await cluster.Client.CoreV1.ListNamespaceAsync(cancellationToken: Token);

        Assert.Contains(namespaces.Items, item => item.Metadata.Name == "kube-system");
    }

    private static string ForGroup(string group) =>
        Definition.Replace("GROUPPROBES", "fixtureprobes." + group, StringComparison.Ordinal).Replace("GROUPNAME", group, StringComparison.Ordinal);
}
