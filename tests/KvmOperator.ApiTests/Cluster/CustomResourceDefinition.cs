using YamlDotNet.RepresentationModel;

namespace KvmOperator.ApiTests.Cluster;

/// <summary>What must be known of a definition's text to install it and to see that it is served.</summary>
internal sealed record CustomResourceDefinition(string Yaml, string Name, string Group, string Version, string Plural)
{
    private const string ProductGroup = "kvmoperator.io";

    /// <summary>Whether the definition belongs to the group that the current CRD server serves.</summary>
    public bool IsOfTheProduct => Group == ProductGroup;

    /// <summary>Where objects of the kind are listed, in all namespaces.</summary>
    public string ListPath => $"/apis/{Group}/{Version}/{Plural}?limit=1";

    public static CustomResourceDefinition Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var root = (YamlMappingNode)stream.Documents.Single().RootNode;
        var spec = root["spec"];
        return new CustomResourceDefinition(
            yaml,
            Text(root["metadata"]["name"]),
            Text(spec["group"]),
            Text(((YamlSequenceNode)spec["versions"]).First()["name"]),
            Text(spec["names"]["plural"]));
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
