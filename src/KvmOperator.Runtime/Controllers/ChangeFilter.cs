using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Decides which changes deserve a pass.</summary>
internal static class ChangeFilter
{
    /// <summary>Whether a controller with the strategy wants to see the change.</summary>
    public static bool Deserves(ReconcileStrategy strategy, IKubernetesObject<V1ObjectMeta>? before, IKubernetesObject<V1ObjectMeta> after)
    {
        if (before is null || strategy == ReconcileStrategy.ByResourceVersion)
        {
            // Own writes are not heard as changes: the store knew them already.
            return true;
        }

        var (old, now) = (before.Metadata, after.Metadata);
        return old.Generation != now.Generation
            || old.DeletionTimestamp != now.DeletionTimestamp
            || !AreEqual(old.Labels, now.Labels)
            || !AreEqual(old.Annotations, now.Annotations)
            || !(old.Finalizers ?? []).SequenceEqual(now.Finalizers ?? [], StringComparer.Ordinal);
    }

    private static bool AreEqual(IDictionary<string, string>? one, IDictionary<string, string>? other)
    {
        one ??= new Dictionary<string, string>(StringComparer.Ordinal);
        other ??= new Dictionary<string, string>(StringComparer.Ordinal);
        return one.Count == other.Count
            && one.All(pair => other.TryGetValue(pair.Key, out var value) && string.Equals(value, pair.Value, StringComparison.Ordinal));
    }
}
