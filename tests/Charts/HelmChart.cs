using System.Text.Json.Nodes;

namespace KvmOperator.Tests;

/// <summary>The chart of the source tree, rendered by Helm without a cluster.</summary>
internal static class HelmChart
{
    /// <summary>The namespace of all that is rendered here.</summary>
    public const string Namespace = "kvm-system";

    /// <summary>The release's name.</summary>
    public const string Release = "kvm-operator";

    /// <summary>Where the chart is.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "charts", "kvm-operator");

    /// <summary>What Helm answers to these values, which are YAML.</summary>
    /// <param name="values">The values that differ from the chart's; empty for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="options">More options of <c>helm template</c>.</param>
    public static async Task<ToolResult> TryRenderAsync(string values, CancellationToken cancellationToken, params string[] options)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".yaml");
        await File.WriteAllTextAsync(file, values, cancellationToken);
        try
        {
            return await LabTool.RunAsync("helm", ["template", Release, Folder, "--namespace", Namespace, "--values", file, .. options], cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The objects that these values make.</summary>
    /// <exception cref="InvalidOperationException">Helm refused them.</exception>
    public static async Task<IReadOnlyList<JsonObject>> RenderAsync(string values, CancellationToken cancellationToken, params string[] options) =>
        YamlDocuments.Read((await TryRenderAsync(values, cancellationToken, options)).Expected);

    /// <summary>The objects of a kind.</summary>
    public static IReadOnlyList<JsonObject> Of(this IEnumerable<JsonObject> objects, string kind) => [.. objects.Where(item => (string?)item["kind"] == kind)];

    /// <summary>The only object of a kind.</summary>
    public static JsonObject Only(this IEnumerable<JsonObject> objects, string kind) => objects.Of(kind) is [var only] ? only : throw new InvalidOperationException($"there is not one {kind}");

    /// <summary>The name of an object.</summary>
    public static string NameOf(JsonNode item) => (string)item["metadata"]!["name"]!;
}
