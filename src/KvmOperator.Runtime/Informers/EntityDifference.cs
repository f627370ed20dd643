using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Informers;

/// <summary>Whether two versions of one object differ in what people and other programs ask for, and not only in status. Pure.</summary>
internal static class EntityDifference
{
    /// <summary>Compares spec (by generation), mark of deletion, labels, annotations and finalizers.</summary>
    /// <param name="before">The one.</param>
    /// <param name="after">The other.</param>
    /// <param name="exceptFinalizers">Finalizers whose coming and going does not count.</param>
    public static bool IsOfIntent(IKubernetesObject<V1ObjectMeta> before, IKubernetesObject<V1ObjectMeta> after, params IReadOnlyCollection<string> exceptFinalizers)
    {
        var (old, now) = (before.Metadata, after.Metadata);
        return old.Generation != now.Generation
            || old.DeletionTimestamp != now.DeletionTimestamp
            || !AreEqual(old.Labels, now.Labels)
            || !AreEqual(old.Annotations, now.Annotations)
            || !Finalizers(old).SequenceEqual(Finalizers(now), StringComparer.Ordinal);

        IEnumerable<string> Finalizers(V1ObjectMeta metadata) => (metadata.Finalizers ?? []).Except(exceptFinalizers, StringComparer.Ordinal);
    }

    private static bool AreEqual(IDictionary<string, string>? one, IDictionary<string, string>? other)
    {
        one ??= new Dictionary<string, string>(StringComparer.Ordinal);
        other ??= new Dictionary<string, string>(StringComparer.Ordinal);
        return one.Count == other.Count
            && one.All(pair => other.TryGetValue(pair.Key, out var value) && string.Equals(value, pair.Value, StringComparison.Ordinal));
    }
}
