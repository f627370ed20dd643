using System.Text.Json.Nodes;
using KvmOperator.UnitTests.Charts;
using Xunit;

namespace KvmOperator.UnitTests.ArgoCd;

/// <summary>The examples for Argo CD name what there is, and put the kinds into the order in which one needs the other.</summary>
public sealed class ApplicationTests
{
    private static readonly string Examples = Path.Combine(Repository.Root, "config", "argocd");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_operator_is_applied_before_the_pool_in_this_version_and_nothing_of_it_is_pruned()
    {
        var (first, second) = YamlDocuments.Read(File.ReadAllText(Path.Combine(Examples, "applications.yaml"))) is [var one, var two] ? (one, two) : throw new InvalidOperationException("there are not two Applications");

        Assert.Equal("charts/kvm-operator", (string?)first["spec"]!["source"]!["path"]);
        Assert.Equal($"v{ProductVersion.Written}", (string?)first["spec"]!["source"]!["targetRevision"]);
        Assert.False((bool)first["spec"]!["syncPolicy"]!["automated"]!["prune"]!);
        Assert.True(Wave(first) < Wave(second));
    }

    [Fact]
    public async Task The_values_of_the_example_are_taken_by_the_chart()
    {
        var values = YamlDocuments.Read(await File.ReadAllTextAsync(Path.Combine(Examples, "applications.yaml"), Token))[0]["spec"]!["source"]!["helm"]!["valuesObject"]!;

        var pod = (await HelmChart.RenderAsync(values.ToJsonString(), Token)).Only("Deployment")["spec"]!["template"]!["spec"]!;

        Assert.Equal($"registry.example.com/kvm-operator:{ProductVersion.Written}", (string?)pod["containers"]![0]!["image"]);
    }

    [Fact]
    public async Task Each_kind_of_a_pool_has_its_wave_and_is_deleted_only_after_a_word()
    {
        var folder = Directory.CreateTempSubdirectory("kvm-operator-waves-");
        try
        {
            string[] samples = ["vmmigration.yaml", "virtualmachine.yaml", "nfsstore.yaml", "kvmhosts.yaml"];
            foreach (var sample in samples)
            {
                File.Copy(Path.Combine(Repository.Root, "config", "samples", sample), Path.Combine(folder.FullName, sample));
            }

            var waves = folder.CreateSubdirectory("waves");
            File.Copy(Path.Combine(Examples, "waves", "kustomization.yaml"), Path.Combine(waves.FullName, "kustomization.yaml"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "kustomization.yaml"), $"resources: [{string.Join(", ", samples)}]\ncomponents: [waves]\n", Token);

            var objects = YamlDocuments.Read((await LabTool.RunAsync("kubectl", ["kustomize", folder.FullName], Token)).Expected);

            Assert.Equal(["KvmHost", "NfsStore", "VirtualMachine", "VmMigration"], objects.OrderBy(Wave).Select(item => (string?)item["kind"]).Distinct(StringComparer.Ordinal));
            Assert.Equal(4, objects.Select(Wave).Distinct().Count());
            Assert.All(objects, item => Assert.Equal("Prune=confirm,Delete=confirm", (string?)item["metadata"]!["annotations"]!["argocd.argoproj.io/sync-options"]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Wave(JsonObject item) => int.Parse((string)item["metadata"]!["annotations"]!["argocd.argoproj.io/sync-wave"]!, System.Globalization.CultureInfo.InvariantCulture);
}
