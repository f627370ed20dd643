using System.Reflection;
using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>Makes custom resource definitions from entity classes and their attributes.</summary>
/// <param name="documentation">The docstrings of the entity classes: they become descriptions of fields.</param>
internal sealed class CustomResourceDefinitionGenerator(XmlDocumentation documentation)
{
    private readonly SchemaBuilder schemas = new(documentation);

    /// <summary>The definitions of all kinds in an assembly, in the order of their plural names.</summary>
    public static IReadOnlyList<V1CustomResourceDefinition> GenerateAll(Assembly assembly)
    {
        var generator = new CustomResourceDefinitionGenerator(XmlDocumentation.Of(assembly));
        return
        [
            .. assembly.GetExportedTypes()
                .Where(type => type.IsDefined(typeof(KubernetesEntityAttribute)))
                .Select(generator.Generate)
                .OrderBy(definition => definition.Spec.Names.Plural, StringComparer.Ordinal),
        ];
    }

    /// <summary>The definition of one kind.</summary>
    /// <param name="entity">A class with a <see cref="KubernetesEntityAttribute"/> that names a plural.</param>
    /// <exception cref="InvalidOperationException">The class does not say what kind it is, or an attribute of it could have no effect.</exception>
    /// <exception cref="NotSupportedException">A type in it has no structural schema.</exception>
    public V1CustomResourceDefinition Generate(Type entity)
    {
        var identity = entity.GetCustomAttribute<KubernetesEntityAttribute>();
        if (identity is null || string.IsNullOrEmpty(identity.PluralName))
        {
            throw new InvalidOperationException($"{entity} needs a {nameof(KubernetesEntityAttribute)} with a plural name");
        }

        return new V1CustomResourceDefinition
        {
            ApiVersion = "apiextensions.k8s.io/v1",
            Kind = "CustomResourceDefinition",
            Metadata = new V1ObjectMeta { Name = $"{identity.PluralName}.{identity.Group}" },
            Spec = new V1CustomResourceDefinitionSpec
            {
                Group = identity.Group,
                Names = new V1CustomResourceDefinitionNames
                {
                    Kind = identity.Kind,
                    ListKind = identity.Kind + "List",
                    Plural = identity.PluralName,
                    Singular = identity.Kind.ToLowerInvariant(),
                    ShortNames = entity.GetCustomAttribute<KubernetesEntityShortNamesAttribute>()?.ShortNames.ToList(),
                    Categories = entity.GetCustomAttribute<KubernetesEntityCategoriesAttribute>()?.Categories.ToList(),
                },
                Scope = (entity.GetCustomAttribute<EntityScopeAttribute>()?.Scope ?? EntityScope.Namespaced).ToString(),
                Versions = [Version(entity, identity)],
            },
        };
    }

    private V1CustomResourceDefinitionVersion Version(Type entity, KubernetesEntityAttribute identity)
    {
        var schema = schemas.Build(entity);
        schema.Description = documentation.SummaryOf(entity);
        schema.Properties["apiVersion"] = WellKnownSchemas.ApiVersion();
        schema.Properties["kind"] = WellKnownSchemas.Kind();

        return new V1CustomResourceDefinitionVersion
        {
            Name = identity.ApiVersion,
            Served = true,
            Storage = true,
            AdditionalPrinterColumns = Columns(entity),
            Subresources = HasStatus(entity) ? new V1CustomResourceSubresources { Status = new Dictionary<string, object>(StringComparer.Ordinal) } : null,
            Schema = new V1CustomResourceValidation { OpenAPIV3Schema = schema },
        };
    }

    private static bool HasStatus(Type entity) => entity.GetInterfaces().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IStatus<>));

    private static List<V1CustomResourceColumnDefinition>? Columns(Type entity)
    {
        var columns = entity.GetCustomAttributes<GenericAdditionalPrinterColumnAttribute>()
            .Select(column => new V1CustomResourceColumnDefinition
            {
                JsonPath = column.JsonPath,
                Name = column.Name,
                Type = column.Type,
                Priority = column.Priority > 0 ? column.Priority : null,
            })
            .ToList();
        return columns.Count > 0 ? columns : null;
    }
}
