using System.Text.Json.Nodes;
using Xunit;

namespace KvmOperator.UnitTests.Charts;

/// <summary>What the chart makes of values.</summary>
public sealed class ChartRenderingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Helm_finds_nothing_wrong_with_it()
    {
        var lint = await LabTool.RunAsync("helm", ["lint", "--strict", HelmChart.Folder], Token);

        Assert.True(lint.ExitCode == 0, lint.Output + lint.Error);
    }

    [Fact]
    public async Task By_default_there_are_the_definitions_two_processes_and_their_rights()
    {
        var objects = await HelmChart.RenderAsync(string.Empty, Token);

        Assert.Equal(
            [
                "ClusterRole kvm-operator", "ClusterRoleBinding kvm-operator", "ConfigMap kvm-operator-settings",
                "CustomResourceDefinition kvmhosts.kvmoperator.io", "CustomResourceDefinition nfsstores.kvmoperator.io", "CustomResourceDefinition virtualmachines.kvmoperator.io",
                "CustomResourceDefinition vmmigrations.kvmoperator.io", "CustomResourceDefinition vmwareimports.kvmoperator.io",
                "Deployment kvm-operator", "PodDisruptionBudget kvm-operator", "Role kvm-operator", "RoleBinding kvm-operator", "Service kvm-operator-monitoring", "ServiceAccount kvm-operator",
            ],
            objects.Select(item => $"{item["kind"]} {HelmChart.NameOf(item)}").Order(StringComparer.Ordinal));
        Assert.Equal(2, (long)objects.Only("Deployment")["spec"]!["replicas"]!);
        Assert.Equal(1, (long)objects.Only("PodDisruptionBudget")["spec"]!["maxUnavailable"]!);
    }

    [Theory]
    [InlineData("1.20.15", "policy/v1beta1")]
    [InlineData("1.21.0", "policy/v1")]
    public async Task The_budget_is_of_the_version_that_the_cluster_serves(string cluster, string expected)
    {
        var objects = await HelmChart.RenderAsync(string.Empty, Token, "--kube-version", cluster);

        Assert.Equal(expected, (string?)objects.Only("PodDisruptionBudget")["apiVersion"]);
    }

    /// <summary>https://kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted".</summary>
    [Fact]
    public async Task Its_pods_are_let_into_a_namespace_that_is_restricted()
    {
        var pod = Pod(await HelmChart.RenderAsync(string.Empty, Token));

        var container = Assert.Single(pod["containers"]!.AsArray())!;
        Assert.Null(pod["hostNetwork"]);
        Assert.Null(pod["volumes"]);
        Assert.True((bool)pod["securityContext"]!["runAsNonRoot"]!);
        Assert.Equal("RuntimeDefault", (string?)pod["securityContext"]!["seccompProfile"]!["type"]);
        Assert.False((bool)container["securityContext"]!["allowPrivilegeEscalation"]!);
        Assert.True((bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
        Assert.Equal("ALL", (string?)Assert.Single(container["securityContext"]!["capabilities"]!["drop"]!.AsArray()));
    }

    [Fact]
    public async Task A_pod_has_longer_to_end_than_the_operator_takes()
    {
        // docs/operator.md, "Its end": within 25 s.
        Assert.True((long)Pod(await HelmChart.RenderAsync(string.Empty, Token))["terminationGracePeriodSeconds"]! > 25);
    }

    [Fact]
    public async Task Replicas_keep_away_from_each_other_unless_told_otherwise()
    {
        var byDefault = Pod(await HelmChart.RenderAsync(string.Empty, Token));
        var told = Pod(await HelmChart.RenderAsync("affinity: {nodeAffinity: {}}", Token));

        Assert.NotNull(byDefault["affinity"]!["podAntiAffinity"]);
        Assert.Null(told["affinity"]!["podAntiAffinity"]);
        Assert.NotNull(told["affinity"]!["nodeAffinity"]);
    }

    [Theory]
    [InlineData("", "kvm-operator:VERSION")]
    [InlineData("image: {repository: registry.example.com/kvm, tag: v7}", "registry.example.com/kvm:v7")]
    [InlineData("image: {tag: v7, digest: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}", "kvm-operator@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public async Task The_image_is_named_by_digest_tag_or_the_charts_version(string values, string expected)
    {
        var pod = Pod(await HelmChart.RenderAsync(values, Token));

        Assert.Equal(expected.Replace("VERSION", ProductVersion.Written, StringComparison.Ordinal), (string?)pod["containers"]![0]!["image"]);
    }

    [Fact]
    public async Task Definitions_that_are_kept_say_so_and_others_do_not()
    {
        var kept = (await HelmChart.RenderAsync(string.Empty, Token)).Of("CustomResourceDefinition");
        var loose = (await HelmChart.RenderAsync("crds: {keep: false}", Token)).Of("CustomResourceDefinition");
        var without = (await HelmChart.RenderAsync("crds: {enabled: false}", Token)).Of("CustomResourceDefinition");

        Assert.All(kept, definition => Assert.Equal("keep", (string?)definition["metadata"]!["annotations"]!["helm.sh/resource-policy"]));
        Assert.Equal(kept.Count, loose.Count);
        Assert.All(loose, definition => Assert.Null(definition["metadata"]!["annotations"]));
        Assert.Empty(without);
    }

    /// <summary>kubectl apply without --server-side keeps the whole object in an annotation, which may have 262,144 bytes.</summary>
    [Fact]
    public async Task A_definition_is_small_enough_for_every_way_of_applying_it()
    {
        var definitions = (await HelmChart.RenderAsync(string.Empty, Token)).Of("CustomResourceDefinition");

        Assert.All(definitions, definition => Assert.InRange(definition.ToJsonString().Length, 1, 128 * 1024));
    }

    [Fact]
    public async Task Only_what_is_listed_is_let_through_the_network()
    {
        var policy = (await HelmChart.RenderAsync(
            """
            networkPolicy:
              enabled: true
              apiServer: [10.0.0.1/32]
              hosts: [192.0.2.0/24, "2001:db8::/64"]
              sshPorts: [22, 2222]
              nameServers: [10.96.0.10/32]
            """,
            Token)).Only("NetworkPolicy")["spec"]!;

        // An empty list lets nobody in; one entry without "from" would let everybody in.
        Assert.Empty(policy["ingress"]!.AsArray());
        Assert.Equal(["Ingress", "Egress"], policy["policyTypes"]!.AsArray().Select(type => (string?)type));
        Assert.Equal(
            ["10.0.0.1/32: 443 6443", "192.0.2.0/24 2001:db8::/64: 22 2222", "10.96.0.10/32: 53 53"],
            policy["egress"]!.AsArray().Select(rule => $"{Join(rule!["to"]!, to => (string?)to["ipBlock"]!["cidr"])}: {Join(rule["ports"]!, port => port["port"]!.ToString())}"));
    }

    [Fact]
    public async Task The_port_of_monitoring_is_opened_for_those_who_are_named()
    {
        var policy = (await HelmChart.RenderAsync(
            """
            networkPolicy:
              enabled: true
              apiServer: [10.0.0.1/32]
              hosts: [192.0.2.0/24]
              monitoringFrom: [{namespaceSelector: {matchLabels: {name: monitoring}}}]
            """,
            Token)).Only("NetworkPolicy")["spec"]!;

        var rule = Assert.Single(policy["ingress"]!.AsArray())!;
        Assert.Equal("monitoring", (string?)Assert.Single(rule["from"]!.AsArray())!["namespaceSelector"]!["matchLabels"]!["name"]);
        Assert.Equal("monitoring", (string?)Assert.Single(rule["ports"]!.AsArray())!["port"]);
    }

    [Theory]
    [InlineData("skipIfMissing", "", false)]
    [InlineData("skipIfMissing", "monitoring.coreos.com/v1/ServiceMonitor", true)]
    [InlineData("alwaysRender", "", true)]
    [InlineData("failIfMissing", "monitoring.coreos.com/v1/ServiceMonitor", true)]
    public async Task A_service_monitor_is_made_where_it_can_be(string mode, string served, bool expected)
    {
        var objects = await HelmChart.RenderAsync($"monitoring: {{serviceMonitor: {{enabled: true, renderMode: {mode}, labels: {{release: mine}}}}}}", Token, "--api-versions", served);

        Assert.Equal(expected, objects.Of("ServiceMonitor").Count == 1);
        Assert.All(objects.Of("ServiceMonitor"), monitor =>
        {
            Assert.Equal("mine", (string?)monitor["metadata"]!["labels"]!["release"]);

            // It finds the Service, and that has the port.
            var service = objects.Only("Service");
            Assert.All(monitor["spec"]!["selector"]!["matchLabels"]!.AsObject(), label => Assert.Equal((string?)label.Value, (string?)service["metadata"]!["labels"]![label.Key]));
            Assert.Equal((string?)service["spec"]!["ports"]![0]!["name"], (string?)monitor["spec"]!["endpoints"]![0]!["port"]);
        });
    }

    [Theory]
    [InlineData("serviceMonitor", "ServiceMonitor")]
    [InlineData("prometheusRule", "PrometheusRule")]
    public async Task What_has_to_be_made_and_cannot_be_is_told(string part, string kind)
    {
        var refused = await HelmChart.TryRenderAsync($"monitoring: {{{part}: {{enabled: true, renderMode: failIfMissing}}}}", Token);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains($"the cluster has no {kind}", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_alerts_are_those_of_the_file_with_the_address_of_their_pages()
    {
        var rule = (await HelmChart.RenderAsync("monitoring: {prometheusRule: {enabled: true, renderMode: alwaysRender, runbooks: 'https://docs.example.com/runbooks/'}}", Token)).Only("PrometheusRule");
        var file = Assert.Single(YamlDocuments.Read(await File.ReadAllTextAsync(Path.Combine(HelmChart.Folder, "files", "alerts.yaml"), Token)));

        Assert.Equal(Alerts(file), Alerts(rule["spec"]!));
        Assert.All(
            rule["spec"]!["groups"]![0]!["rules"]!.AsArray(),
            alert => Assert.Equal($"https://docs.example.com/runbooks/{alert!["alert"]}.md", (string?)alert["annotations"]!["runbook_url"]));
    }

    [Fact]
    public async Task Objects_of_ones_own_come_with_it()
    {
        var objects = await HelmChart.RenderAsync(
            """
            extraObjects:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: as-yaml}}
            - |
              apiVersion: v1
              kind: ConfigMap
              metadata:
                name: {{ .Release.Name }}-as-template
            """,
            Token);

        Assert.Equal(["as-yaml", "kvm-operator-as-template", "kvm-operator-settings"], objects.Of("ConfigMap").Select(HelmChart.NameOf).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_object_has_the_labels_that_are_asked_for_and_those_with_a_namespace_are_in_the_releases()
    {
        var objects = await HelmChart.RenderAsync("commonLabels: {team: platform}", Token);

        Assert.All(objects, item => Assert.Equal("platform", (string?)item["metadata"]!["labels"]!["team"]));
        Assert.All(
            objects.Where(item => (string?)item["kind"] is not ("ClusterRole" or "ClusterRoleBinding" or "CustomResourceDefinition")),
            item => Assert.Equal(HelmChart.Namespace, (string?)item["metadata"]!["namespace"]));
    }

    private static JsonNode Pod(IReadOnlyList<JsonObject> objects) => objects.Only("Deployment")["spec"]!["template"]!["spec"]!;

    private static string Join(JsonNode items, Func<JsonNode, string?> text) => string.Join(' ', items.AsArray().Select(item => text(item!)));

    private static IEnumerable<string> Alerts(JsonNode rules) =>
        rules["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => $"{rule!["alert"]} {rule["expr"]} {rule["for"]}");
}
