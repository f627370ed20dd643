using k8s.Models;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>Schemas of types that are not made of properties of their own, or whose shape Kubernetes prescribes.</summary>
internal static class WellKnownSchemas
{
    /// <summary>Numbers that fit into a number of bytes. Kubernetes knows more, up to exponents that no program can hold.</summary>
    private const string QuantityPattern = @"^[0-9]{1,15}(\.[0-9]{1,3})?([mkMGTP]|[KMGTP]i|[eE][0-9]{1,2})?$";

    private static readonly Dictionary<Type, Func<V1JSONSchemaProps>> ByType = new()
    {
        [typeof(string)] = () => Text(),
        [typeof(bool)] = () => new V1JSONSchemaProps { Type = "boolean" },
        [typeof(int)] = () => new V1JSONSchemaProps { Type = "integer", Format = "int32" },
        [typeof(long)] = () => new V1JSONSchemaProps { Type = "integer", Format = "int64" },
        [typeof(double)] = () => new V1JSONSchemaProps { Type = "number" },
        [typeof(DateTime)] = () => Text(format: "date-time"),
        [typeof(ResourceQuantity)] = Quantity,
        [typeof(V1Condition)] = Condition,
        [typeof(V1ObjectMeta)] = () => new V1JSONSchemaProps { Type = "object" },
    };

    /// <summary>A new copy of the schema of a type; null where the type has none here.</summary>
    public static V1JSONSchemaProps? Find(Type type) => ByType.GetValueOrDefault(type)?.Invoke();

    /// <summary>The field <c>apiVersion</c> of every object.</summary>
    public static V1JSONSchemaProps ApiVersion() => Text("The API group and version that this object is written in.");

    /// <summary>The field <c>kind</c> of every object.</summary>
    public static V1JSONSchemaProps Kind() => Text("What kind of object this is.");

    private static V1JSONSchemaProps Text(string? description = null, string? format = null) =>
        new() { Type = "string", Description = description, Format = format };

    private static V1JSONSchemaProps Quantity() => new()
    {
        AnyOf = [new V1JSONSchemaProps { Type = "integer" }, new V1JSONSchemaProps { Type = "string" }],
        Pattern = QuantityPattern,
        MaxLength = 22,
        XKubernetesIntOrString = true,
    };

    // The bounds are those that Kubernetes sets for conditions of its own kinds (metav1.Condition).
    private static V1JSONSchemaProps Condition() => new()
    {
        Type = "object",
        Description = "Something that is true of the object, not true, or not known.",
        Required = ["lastTransitionTime", "message", "reason", "status", "type"],
        Properties = new Dictionary<string, V1JSONSchemaProps>(StringComparer.Ordinal)
        {
            ["type"] = new()
            {
                Type = "string",
                Description = "What this condition is about.",
                MaxLength = 316,
                Pattern = @"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
            },
            ["status"] = new() { Type = "string", Description = "Whether it is so.", EnumProperty = ["True", "False", "Unknown"] },
            ["reason"] = new()
            {
                Type = "string",
                Description = "Why, as one word for programs.",
                MinLength = 1,
                MaxLength = 1024,
                Pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
            },
            ["message"] = new() { Type = "string", Description = "Why, for people.", MaxLength = 32768 },
            ["lastTransitionTime"] = Text("When the status last changed.", "date-time"),
            ["observedGeneration"] = new()
            {
                Type = "integer",
                Format = "int64",
                Minimum = 0,
                Description = "The generation of the object that this condition is about.",
            },
        },
    };
}
