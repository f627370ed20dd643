using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Api;

/// <summary>Names one object of a kind.</summary>
/// <param name="Namespace">The namespace; null for cluster-scoped kinds.</param>
/// <param name="Name">The name.</param>
public readonly record struct EntityKey(string? Namespace, string Name)
{
    /// <summary>The key of an object.</summary>
    public static EntityKey Of(IKubernetesObject<V1ObjectMeta> entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return new EntityKey(entity.Namespace(), entity.Name());
    }

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
