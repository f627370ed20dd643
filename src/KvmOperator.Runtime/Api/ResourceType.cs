using System.Reflection;
using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Api;

/// <summary>Where the objects of a kind stand in the API.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The version, for example <c>v1</c>.</param>
/// <param name="Kind">The kind in singular, for example <c>Secret</c>.</param>
/// <param name="Plural">The plural name in addresses, for example <c>secrets</c>.</param>
public sealed record ResourceType(string Group, string Version, string Kind, string Plural)
{
    /// <summary>Group and version as they stand in an object's <c>apiVersion</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Reads the kind from the type's <see cref="KubernetesEntityAttribute"/>.</summary>
    /// <exception cref="InvalidOperationException">The type has no such attribute or names no plural.</exception>
    public static ResourceType Of<TEntity>()
        where TEntity : IKubernetesObject<V1ObjectMeta> => Known<TEntity>.Type ?? Read<TEntity>();

    /// <summary>The path of the collection: of one namespace, or of all (and of a cluster-scoped kind) when null.</summary>
    public string CollectionPath(string? ofNamespace)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return ofNamespace is null ? $"{root}/{Plural}" : $"{root}/namespaces/{ofNamespace}/{Plural}";
    }

    /// <summary>The path of one object.</summary>
    public string ObjectPath(EntityKey key) => $"{CollectionPath(key.Namespace)}/{key.Name}";

    private static ResourceType Read<TEntity>()
    {
        var entity = typeof(TEntity).GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException($"{typeof(TEntity)} needs a {nameof(KubernetesEntityAttribute)}");
        return string.IsNullOrEmpty(entity.PluralName)
            ? throw new InvalidOperationException($"The {nameof(KubernetesEntityAttribute)} of {typeof(TEntity)} names no plural")
            : new ResourceType(entity.Group ?? string.Empty, entity.ApiVersion, entity.Kind, entity.PluralName);
    }

    /// <summary>Asked at each request and each object that is decoded: read once a type. A type that is none has its exception each time.</summary>
    private static class Known<TEntity>
    {
        public static readonly ResourceType? Type = typeof(TEntity).GetCustomAttribute<KubernetesEntityAttribute>() is { PluralName.Length: > 0 } ? Read<TEntity>() : null;
    }
}
