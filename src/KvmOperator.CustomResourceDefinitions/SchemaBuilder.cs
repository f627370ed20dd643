using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>
/// Makes structural schemas from .NET types. Names, order and kinds of the fields are those of the serialiser's own contract, so that the
/// schema says what is really read and written.
/// </summary>
/// <param name="documentation">Where descriptions come from.</param>
internal sealed class SchemaBuilder(XmlDocumentation documentation)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The schema of a type, with the rules that stand on the type and on its properties.</summary>
    /// <exception cref="NotSupportedException">The type, or one that it uses, has no structural schema: it refers to itself or is too vague.</exception>
    /// <exception cref="InvalidOperationException">An attribute stands on a property where it could have no effect.</exception>
    public V1JSONSchemaProps Build(Type type) => Build(type, []);

    /// <summary>How the serialiser writes a member of an enumeration or another plain value.</summary>
    internal static object Written(object value) => value is Enum ? JsonSerializer.SerializeToNode(value, value.GetType(), Json)!.GetValue<string>() : value;

    private V1JSONSchemaProps Build(Type type, IReadOnlyList<Type> within)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if (WellKnownSchemas.Find(bare) is { } known)
        {
            return known;
        }

        if (bare.IsEnum)
        {
            return new V1JSONSchemaProps { Type = "string", EnumProperty = [.. Enum.GetValues(bare).Cast<object>().Select(Written)] };
        }

        var contract = Json.GetTypeInfo(bare);
        return contract.Kind switch
        {
            JsonTypeInfoKind.Enumerable => List(contract.ElementType!, within),
            JsonTypeInfoKind.Dictionary => new V1JSONSchemaProps { Type = "object", AdditionalProperties = Build(contract.ElementType!, within) },
            JsonTypeInfoKind.Object when within.Contains(bare) => throw new NotSupportedException($"{bare} contains itself: a structural schema has an end"),
            JsonTypeInfoKind.Object when contract.Properties.Count > 0 => Object(contract, [.. within, bare]),
            _ => throw new NotSupportedException($"{bare} has no structural schema"),
        };
    }

    private V1JSONSchemaProps List(Type item, IReadOnlyList<Type> within)
    {
        var items = Build(item, within);
        items.Description ??= items.Properties is null ? null : documentation.SummaryOf(item);
        var list = new V1JSONSchemaProps { Type = "array", Items = items };
        return item == typeof(V1Condition) ? PropertyConstraints.AsMap(list, "type") : list;
    }

    private V1JSONSchemaProps Object(JsonTypeInfo contract, IReadOnlyList<Type> within)
    {
        // An ignored property stays in the contract, but is neither read nor written.
        var properties = contract.Properties.Where(property => property.Get is not null || property.Set is not null).ToArray();
        return new V1JSONSchemaProps
        {
            Type = "object",
            Properties = properties.ToDictionary(property => property.Name, property => Property(property, within), StringComparer.Ordinal),
            Required = Filled(properties.Where(property => Member(property).IsDefined(typeof(RequiredAttribute))).Select(property => property.Name)),
            XKubernetesValidations = Filled(PropertyConstraints.RulesOf(contract.Type)),
        };
    }

    private V1JSONSchemaProps Property(JsonPropertyInfo property, IReadOnlyList<Type> within)
    {
        var member = Member(property);
        var schema = Build(property.PropertyType, within);
        schema.Description = documentation.SummaryOf(member)
            ?? documentation.SummaryOf(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType)
            ?? schema.Description;
        PropertyConstraints.Apply(member, schema);
        return schema;
    }

    private static PropertyInfo Member(JsonPropertyInfo property) => (PropertyInfo)property.AttributeProvider!;

    private static List<T>? Filled<T>(IEnumerable<T> items) => items.ToList() is { Count: > 0 } list ? list : null;
}
