using System.Text.Json.Nodes;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KvmOperator.UnitTests.Charts;

/// <summary>The operator may do what it does, and nothing else. That it really does no more is shown on an API server (ApiTests, OperatorRightsTests).</summary>
public sealed class ChartRightsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_its_own_kinds_it_may_watch_those_that_it_watches()
    {
        var rules = Rules((await HelmChart.RenderAsync(string.Empty, Token)).Of("ClusterRole"));

        // Finalizers and statuses are patched.
        var kinds = Watched(ApiGroup.Name).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(
            [
                .. kinds.SelectMany(kind => new[] { "get", "list", "patch", "watch" }.Select(verb => $"{verb} {kind}.{ApiGroup.Name}"))
                    .Concat(kinds.Select(kind => $"patch {kind}/status.{ApiGroup.Name}"))
                    .Append($"create virtualmachines.{ApiGroup.Name}")
                    .Append($"create vmmigrations.{ApiGroup.Name}")
                    .Append($"delete vmmigrations.{ApiGroup.Name}")
                    .Append("create events.events.k8s.io")
                    .Append("patch events.events.k8s.io")
                    .Order(StringComparer.Ordinal),
            ],
            rules);
    }

    [Fact]
    public async Task In_its_namespace_it_may_watch_secrets_and_its_settings_and_hold_its_lease()
    {
        var rules = Rules((await HelmChart.RenderAsync(string.Empty, Token)).Of("Role"));

        Assert.Equal(["configmaps", "secrets"], Watched(string.Empty).Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                "create leases.coordination.k8s.io", "get leases.coordination.k8s.io kvm-operator", "list configmaps.", "list secrets.",
                "patch leases.coordination.k8s.io kvm-operator", "watch configmaps.", "watch secrets.",
            ],
            rules);
    }

    [Fact]
    public async Task Secrets_of_guests_are_read_only_where_that_is_said()
    {
        var nowhere = await HelmChart.RenderAsync(string.Empty, Token);
        var listed = await HelmChart.RenderAsync("guestSecrets: {namespaces: [team-a, team-b]}", Token);
        var everywhere = await HelmChart.RenderAsync("guestSecrets: {everywhere: true, namespaces: [team-a]}", Token);

        Assert.Empty(Bindings(nowhere));
        Assert.Equal(["RoleBinding team-a", "RoleBinding team-b"], Bindings(listed));
        Assert.Equal(["ClusterRoleBinding "], Bindings(everywhere));
        Assert.Equal(["get secrets."], Rules(listed.Of("ClusterRole").Where(role => HelmChart.NameOf(role).EndsWith("-guest-secrets", StringComparison.Ordinal))));
    }

    /// <summary>Who may apply one of these is root on a machine, so no role that people of a namespace have may name them.</summary>
    [Fact]
    public async Task Hosts_and_stores_are_in_no_role_for_people()
    {
        var roles = (await HelmChart.RenderAsync("rbac: {aggregateToDefaultRoles: true}", Token)).Of("ClusterRole")
            .Where(role => role["metadata"]!["labels"]!.AsObject().Any(label => label.Key.StartsWith("rbac.authorization.k8s.io/aggregate-to-", StringComparison.Ordinal)))
            .ToList();

        Assert.Equal(2, roles.Count);
        Assert.All(Rules(roles), rule => Assert.Matches(@" (virtualmachines|vmmigrations|vmwareimports)\.kvmoperator\.io$", rule));
        Assert.All(
            Rules(roles.Where(role => role["metadata"]!["labels"]!["rbac.authorization.k8s.io/aggregate-to-view"] is not null)),
            rule => Assert.Matches("^(get|list|watch) ", rule));
    }

    [Fact]
    public async Task All_rights_go_to_the_account_of_the_pods()
    {
        foreach (var (values, account) in new[] { (string.Empty, "kvm-operator"), ("serviceAccount: {name: mine}", "mine"), ("serviceAccount: {create: false, name: given}", "given") })
        {
            var objects = await HelmChart.RenderAsync(values, Token);

            Assert.Equal(account, (string?)objects.Only("Deployment")["spec"]!["template"]!["spec"]!["serviceAccountName"]);
            Assert.All(objects.Of("RoleBinding").Concat(objects.Of("ClusterRoleBinding")), binding =>
            {
                var subject = Assert.Single(binding["subjects"]!.AsArray())!;
                Assert.Equal($"ServiceAccount {HelmChart.Namespace}/{account}", $"{subject["kind"]} {subject["namespace"]}/{subject["name"]}");
            });
            Assert.Equal(account == "given" ? 0 : 1, objects.Of("ServiceAccount").Count);
        }
    }

    /// <summary>The names in plural of the kinds of a group that the operator watches.</summary>
    private static IEnumerable<string> Watched(string group)
    {
        var services = new ServiceCollection();
        services.AddKvmOperator(new ConfigurationBuilder().Build());
        return services.Select(service => service.ServiceType)
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEntityStore<>))
            .Select(type => (KubernetesEntityAttribute)Attribute.GetCustomAttribute(type.GetGenericArguments()[0], typeof(KubernetesEntityAttribute))!)
            .Where(entity => (entity.Group ?? string.Empty) == group)
            .Select(entity => entity.PluralName);
    }

    private static List<string> Bindings(IReadOnlyList<JsonObject> objects) =>
    [
        .. objects.Of("RoleBinding").Concat(objects.Of("ClusterRoleBinding"))
            .Where(binding => HelmChart.NameOf(binding).EndsWith("-guest-secrets", StringComparison.Ordinal))
            .Select(binding => $"{binding["kind"]} {binding["metadata"]!["namespace"]}"),
    ];

    /// <summary>All that roles allow, as <c>verb resource.group name</c>.</summary>
    private static List<string> Rules(IEnumerable<JsonObject> roles) =>
    [
        .. from role in roles
           from rule in role["rules"]!.AsArray()
           from resource in rule["resources"]!.AsArray()
           from verb in rule["verbs"]!.AsArray()
           from name in rule["resourceNames"]?.AsArray().Select(name => $" {name}") ?? [string.Empty]
           orderby $"{verb} {resource}.{rule["apiGroups"]![0]}{name}"
           select $"{verb} {resource}.{rule["apiGroups"]![0]}{name}",
    ];
}
