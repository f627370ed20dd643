using k8s.Models;
using KvmOperator.Runtime.Controllers;

namespace KvmOperator.Settings;

/// <summary>Has a changed ConfigMap of settings read at once, so that people see in a moment what is not taken.</summary>
internal sealed class SettingsController(LiveSettings settings) : IEntityController<V1ConfigMap>
{
    /// <inheritdoc/>
    public Task<ReconciliationResult<V1ConfigMap>> ReconcileAsync(V1ConfigMap entity, CancellationToken cancellationToken)
    {
        settings.Refresh();
        return Task.FromResult(ReconciliationResult<V1ConfigMap>.Success(entity));
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<V1ConfigMap>> DeletedAsync(V1ConfigMap entity, CancellationToken cancellationToken) => ReconcileAsync(entity, cancellationToken);
}
