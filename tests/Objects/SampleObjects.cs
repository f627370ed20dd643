using System.Text.Json.Nodes;

namespace KvmOperator.Tests;

/// <summary>One object of each kind that the server accepts, to be spoilt by tests.</summary>
internal static class SampleObjects
{
    private static readonly Dictionary<string, string> Specs = new(StringComparer.Ordinal)
    {
        ["KvmHost"] =
            """{"address": "192.0.2.10", "ssh": {"credentialsSecretRef": {"name": "key"}}}""",
        ["NfsStore"] =
            """{"server": {"address": "192.0.2.1"}, "exportPath": "/images"}""",
        ["VirtualMachine"] =
            """{"memory": "1Gi", "disks": [{"name": "root", "size": "1Gi", "storeRef": {"name": "images"}}], "networks": [{"network": "default"}]}""",
        ["VmMigration"] =
            """{"virtualMachineRef": {"name": "guest"}, "targetHostRef": {"name": "node2"}}""",
        ["VmwareImport"] =
            """{"source": {"hostRef": {"name": "node1"}, "path": "/srv/guest"}, "virtualMachine": {"name": "guest"}, "storeRef": {"name": "images"}}""",
    };

    /// <summary>The kinds.</summary>
    public static IReadOnlyCollection<string> Kinds => Specs.Keys;

    /// <summary>An object that is as it should be.</summary>
    public static JsonObject Valid(string kind, string name) => new()
    {
        ["apiVersion"] = "kvmoperator.io/v1alpha1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = JsonNode.Parse(Specs[kind]),
    };

    /// <summary>Sets one value in an object; a step of the path is a field or the index of an item. Without a value, the field is removed.</summary>
    public static void Set(JsonObject root, string path, string? json)
    {
        var steps = path.Split('/');
        JsonNode parent = root;
        foreach (var step in steps[..^1])
        {
            parent = parent is JsonArray items ? items[int.Parse(step, provider: null)]! : parent[step] ??= new JsonObject();
        }

        if (json is null)
        {
            parent.AsObject().Remove(steps[^1]);
        }
        else
        {
            parent[steps[^1]] = JsonNode.Parse(json);
        }
    }

    /// <summary>Where objects of a kind are created and listed.</summary>
    public static string CollectionOf(string kind) =>
        "/apis/kvmoperator.io/v1alpha1/" + (kind is "KvmHost" or "NfsStore" ? "" : "namespaces/default/") + kind.ToLowerInvariant() + "s";
}
