using System.Reflection;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>Puts what the attributes of a property say onto the property's schema.</summary>
internal static class PropertyConstraints
{
    /// <summary>Adds the constraints of a property to the schema of its type.</summary>
    /// <exception cref="InvalidOperationException">An attribute could have no effect on a property of this type.</exception>
    public static void Apply(PropertyInfo property, V1JSONSchemaProps schema)
    {
        foreach (var attribute in property.GetCustomAttributes())
        {
            if (!TryApply(attribute, schema))
            {
                throw new InvalidOperationException($"{attribute.GetType().Name} on {property.DeclaringType}.{property.Name} has no effect on a property of its type");
            }
        }

        schema.XKubernetesValidations = [.. schema.XKubernetesValidations ?? [], .. RulesOf(property)];
        if (schema.XKubernetesValidations.Count == 0)
        {
            schema.XKubernetesValidations = null;
        }
    }

    /// <summary>The CEL rules that stand on a type or a property, in the order in which they were written.</summary>
    public static IEnumerable<V1ValidationRule> RulesOf(MemberInfo member) =>
        member.GetCustomAttributes<ValidationRuleAttribute>(inherit: false)
            .Select(rule => new V1ValidationRule { Rule = rule.Rule, Message = rule.Message, FieldPath = rule.FieldPath });

    /// <summary>Makes a list one whose items are told apart by the given fields.</summary>
    public static V1JSONSchemaProps AsMap(V1JSONSchemaProps list, params IReadOnlyList<string> keys)
    {
        list.XKubernetesListType = "map";
        list.XKubernetesListMapKeys = [.. keys];
        return list;
    }

    private static bool TryApply(Attribute attribute, V1JSONSchemaProps schema)
    {
        switch (attribute)
        {
            case PatternAttribute pattern when schema.Type == "string":
                schema.Pattern = pattern.RegexPattern;
                return true;
            case LengthAttribute length when schema.Type == "string":
                (schema.MinLength, schema.MaxLength) = (NotZero(length.Minimum), length.Maximum);
                return true;
            case RangeMinimumAttribute minimum when schema.Type is "integer" or "number":
                schema.Minimum = minimum.Minimum;
                return true;
            case RangeMaximumAttribute maximum when schema.Type is "integer" or "number":
                schema.Maximum = maximum.Maximum;
                return true;
            case ItemsAttribute items when schema.Type == "array":
                (schema.MinItems, schema.MaxItems) = (NotZero(items.Minimum), items.Maximum);
                return true;
            case ItemsAttribute items when schema.AdditionalProperties is not null:
                (schema.MinProperties, schema.MaxProperties) = (NotZero(items.Minimum), items.Maximum);
                return true;
            case ItemPatternAttribute pattern when (schema.Items ?? schema.AdditionalProperties) is V1JSONSchemaProps { Type: "string" } item:
                (item.Pattern, item.MaxLength) = (pattern.RegexPattern, pattern.MaximumLength);
                return true;
            case XListMapKeysAttribute { Keys: var keys } when schema.Items is V1JSONSchemaProps { Properties: { } fields } && keys.All(fields.ContainsKey):
                AsMap(schema, keys);
                return true;
            case DefaultValueAttribute value:
                schema.DefaultProperty = SchemaBuilder.Written(value.Value);
                return true;
            case PatternAttribute or LengthAttribute or RangeMinimumAttribute or RangeMaximumAttribute
                or ItemsAttribute or ItemPatternAttribute or XListMapKeysAttribute:
                return false;
            default:
                // Required and the rules are read elsewhere; the rest is not about schemas.
                return true;
        }
    }

    private static long? NotZero(int minimum) => minimum == 0 ? null : minimum;
}
