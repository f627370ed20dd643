using System.Text.Json;
using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Api;

/// <summary>Makes objects of what the server says, the same way wherever it was heard: by a list, a watch or the answer to a write.</summary>
internal static class EntityDecoding
{
    /// <summary>Decodes one object.</summary>
    /// <exception cref="JsonException">It does not fit the type; a converter of one of its fields may throw something else.</exception>
    public static TEntity Decode<TEntity>(JsonElement item)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var type = ResourceType.Of<TEntity>();
        var entity = KubernetesJson.Deserialize<TEntity>(item) ?? throw new JsonException($"null is no {type.Kind}");
        // Lists leave the kind out. Who wrote which field is a third of many objects, and nobody here asks.
        entity.ApiVersion = type.ApiVersion;
        entity.Kind = type.Kind;
        if (entity.Metadata is { } metadata)
        {
            metadata.ManagedFields = null;
        }

        return entity;
    }
}
