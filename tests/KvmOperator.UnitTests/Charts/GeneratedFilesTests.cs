using System.Reflection;
using Xunit;

namespace KvmOperator.UnitTests.Charts;

/// <summary>What config/generate writes is in the source tree as it would write it now.</summary>
public sealed class GeneratedFilesTests
{
    private static readonly string Generator = Path.Combine(Repository.Root, "config", "generate");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generated_files_are_up_to_date()
    {
        var fresh = Directory.CreateTempSubdirectory("kvm-operator-generated-");
        try
        {
            _ = (await LabTool.RunFileAsync(Generator, [fresh.FullName], Token)).Expected;

            var files = fresh.GetFiles("*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(fresh.FullName, file.FullName)).Order(StringComparer.Ordinal).ToList();
            var stale = files.Where(file => !IsSame(Path.Combine(Repository.Root, file), Path.Combine(fresh.FullName, file)));
            Assert.True(!stale.Any(), $"not as config/generate writes them: {string.Join(", ", stale)}. Run it.");

            // A definition of a kind that is gone would stay in the chart for ever.
            var templates = Path.Combine("charts", "kvm-operator", "templates", "crds");
            Assert.Equal(
                files.Where(file => Path.GetDirectoryName(file) == templates),
                Directory.GetFiles(Path.Combine(Repository.Root, templates)).Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal));
        }
        finally
        {
            fresh.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_program_says_the_same_version_as_everything_else() =>
        Assert.StartsWith(ProductVersion.Written, typeof(OperatorComposition).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, StringComparison.Ordinal);

    [Fact]
    public void The_one_file_for_everything_says_nothing_of_helm_and_pins_its_image()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "config", "install", "install.yaml"));

        Assert.DoesNotContain("helm.sh", text, StringComparison.Ordinal);
        Assert.DoesNotContain("managed-by", text, StringComparison.Ordinal);
        Assert.Contains($"image: \"kvm-operator:{ProductVersion.Written}\"", text, StringComparison.Ordinal);
        Assert.Equal("Namespace", (string?)YamlDocuments.Read(text)[0]["kind"]);
    }

    [Fact]
    public async Task The_kustomization_puts_an_image_of_ones_own_in()
    {
        var folder = Path.Combine(Repository.Root, "config", "install");

        var objects = YamlDocuments.Read((await LabTool.RunAsync("kubectl", ["kustomize", folder], Token)).Expected);

        Assert.Equal(YamlDocuments.Read(await File.ReadAllTextAsync(Path.Combine(folder, "install.yaml"), Token)).Count, objects.Count);
        Assert.Equal($"registry.example.com/kvm-operator:{ProductVersion.Written}", (string?)objects.Only("Deployment")["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]);
    }

    private static bool IsSame(string written, string fresh) => File.Exists(written) && File.ReadAllText(written) == File.ReadAllText(fresh);
}
