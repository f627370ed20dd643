using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Events;

/// <summary>Names an object in an event. Two are the same when all parts are.</summary>
internal sealed record ObjectIdentity(string ApiVersion, string Kind, string? Namespace, string Name, string? Uid)
{
    public EntityKey Key => new(Namespace, Name);

    public static ObjectIdentity Of(V1ObjectReference reference) =>
        new(reference.ApiVersion, reference.Kind, reference.NamespaceProperty, reference.Name, reference.Uid);

    public static ObjectIdentity Of(IKubernetesObject<V1ObjectMeta> entity)
    {
        // Objects out of a list have lost their kind: the type still knows it.
        var attribute = (KubernetesEntityAttribute?)Attribute.GetCustomAttribute(entity.GetType(), typeof(KubernetesEntityAttribute));
        var apiVersion = attribute is null ? entity.ApiVersion : string.IsNullOrEmpty(attribute.Group) ? attribute.ApiVersion : $"{attribute.Group}/{attribute.ApiVersion}";
        return new ObjectIdentity(apiVersion, attribute?.Kind ?? entity.Kind, entity.Namespace(), entity.Name(), entity.Uid());
    }
}
