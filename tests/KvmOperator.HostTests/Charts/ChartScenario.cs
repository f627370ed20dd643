using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.Charts;

/// <summary>The main job with the account, the rights and the settings of the chart. The laboratory's cluster has no nodes: the operator is a process with the account's token instead of a pod.</summary>
public sealed partial class ChartScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Namespace = "kvm-operator";

    [Fact]
    public async Task A_guest_is_made_moved_and_removed_with_the_charts_rights_and_the_operator_is_refused_nothing()
    {
        await Lab.StopOperatorAsync(CancellationToken);

        // The laboratory's API server is of 1.20 and does not say so; the definitions are on another one.
        var rendered = await HelmChart.TryRenderAsync("guestSecrets: {namespaces: [default]}", CancellationToken, "--namespace", Namespace, "--kube-version", "v1.20.0", "--set", "crds.enabled=false");
        await Cluster.ApplyAsync(rendered.Expected, CancellationToken);
        var kubeconfig = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(kubeconfig, Token().Replace(await File.ReadAllTextAsync(Cluster.Kubeconfig, CancellationToken), $"token: {await TokenAsync()}"), CancellationToken);
            await Lab.StartOperatorAsync(CancellationToken, kubeconfig);
            await Cluster.ApplyAsync(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: user-data, namespace: default}
                stringData: {userdata: "#cloud-config\n"}
                """,
                CancellationToken);

            var source = (await RunningGuestAsync("xx", "  deletionPolicy: Delete\n  cloudInit: {userDataSecretRef: {name: user-data}}")).Status!.Host!;
            Succeeded(await MoveAsync("move", "xx", Other(source)));
            await Cluster.KubectlAsync(CancellationToken, "delete", "vmmigration", "move");
            await Cluster.KubectlAsync(CancellationToken, "delete", "kvm", "xx", "--wait=false");
            await Cluster.UntilGoneAsync<VirtualMachine>("default/xx", StartDeadline, CancellationToken);

            using var client = new HttpClient { BaseAddress = Lab.Operator!.Monitoring };
            var requests = (await client.GetStringAsync("/metrics", CancellationToken)).Split('\n').Where(line => line.StartsWith("rest_client_requests_total{", StringComparison.Ordinal)).ToList();
            Assert.Contains(requests, line => line.Contains("code=\"200\"", StringComparison.Ordinal));
            Assert.DoesNotContain(requests, line => line.Contains("code=\"403\"", StringComparison.Ordinal));
        }
        finally
        {
            await Lab.StopOperatorAsync(CancellationToken);
            File.Delete(kubeconfig);
        }
    }

    [GeneratedRegex("token: .*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();

    /// <summary>As a pod would get one.</summary>
    private async Task<string> TokenAsync()
    {
        var request = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(request, """{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 86400}}""", CancellationToken);
            var answer = await Cluster.KubectlAsync(CancellationToken, "create", "--raw", $"/api/v1/namespaces/{Namespace}/serviceaccounts/kvm-operator/token", "-f", request);
            return (string)JsonNode.Parse(answer.Output)!["status"]!["token"]!;
        }
        finally
        {
            File.Delete(request);
        }
    }
}
