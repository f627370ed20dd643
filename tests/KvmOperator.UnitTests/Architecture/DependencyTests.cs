using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace KvmOperator.UnitTests.Architecture;

/// <summary>Arrows point one way: KvmOperator → {Api, Runtime, Hosts, Planning}, and those four do not know each other. The generator of the definitions knows the kinds alone.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["KvmOperator.Api"] = [],
        ["KvmOperator.CustomResourceDefinitions"] = ["KvmOperator.Api"],
        ["KvmOperator.Runtime"] = [],
        ["KvmOperator.Hosts"] = [],
        ["KvmOperator.Planning"] = [],
        ["KvmOperator"] = ["KvmOperator.Api", "KvmOperator.Hosts", "KvmOperator.Planning", "KvmOperator.Runtime"],
    };

    private static readonly Dictionary<string, string[]> ForbiddenPackages = new(StringComparer.Ordinal)
    {
        ["KvmOperator.Api"] = ["SSH.NET", "prometheus-net", "Microsoft.Extensions.Hosting"],
        ["KvmOperator.Hosts"] = ["KubernetesClient"],
        ["KvmOperator.Planning"] = ["KubernetesClient", "SSH.NET"],
        ["KvmOperator.Runtime"] = ["SSH.NET"],
    };

    public static TheoryData<string> Projects => new(Allowed.Keys);

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_projects_that_its_arrows_allow(string project)
    {
        var references = ReferencesOf(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Order();

        Assert.Equal(Allowed[project], references);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_compiled_assembly_uses_only_the_rooms_that_its_arrows_allow(string project)
    {
        var used = Assembly.Load(project).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("KvmOperator", StringComparison.Ordinal));

        Assert.Empty(used.Except(Allowed[project], StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_does_not_take_packages_of_another_rooms_world(string project)
    {
        var packages = ReferencesOf(project, "PackageReference");

        Assert.Empty(packages.Intersect(ForbiddenPackages.GetValueOrDefault(project, []), StringComparer.Ordinal));
    }

    [Fact]
    public void Every_project_under_src_has_its_arrows_named_here()
    {
        var projects = Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), projects);
    }

    private static IEnumerable<string> ReferencesOf(string project, string element) =>
        XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"))
            .Descendants(element)
            .Select(reference => reference.Attribute("Include")!.Value);
}
