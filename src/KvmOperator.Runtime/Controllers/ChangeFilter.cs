using k8s;
using k8s.Models;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Decides which changes deserve a pass.</summary>
internal static class ChangeFilter
{
    /// <summary>Whether a controller with the strategy wants to see the change. A controller's own writes do not come here.</summary>
    public static bool Deserves(ReconcileStrategy strategy, IKubernetesObject<V1ObjectMeta>? before, IKubernetesObject<V1ObjectMeta> after) =>
        before is null || strategy == ReconcileStrategy.ByResourceVersion || EntityDifference.IsOfIntent(before, after);
}
