using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Controllers;

/// <summary>How one pass over an object ended, and when the next is due.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public sealed record ReconciliationResult<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private ReconciliationResult(TEntity entity, bool isSuccess, string? errorMessage, Exception? error, TimeSpan? requeueAfter)
    {
        Entity = entity;
        IsSuccess = isSuccess;
        ErrorMessage = errorMessage;
        Error = error;
        RequeueAfter = requeueAfter;
    }

    /// <summary>The object of the pass.</summary>
    public TEntity Entity { get; }

    /// <summary>Whether the pass did what it should.</summary>
    public bool IsSuccess { get; }

    /// <summary>Why not.</summary>
    public string? ErrorMessage { get; }

    /// <summary>The exception behind it, when there is one.</summary>
    public Exception? Error { get; }

    /// <summary>
    /// When to look again though nothing changes, a tenth more or less; null for when something changes (after a failure: by the usual
    /// back-off). What comes back by itself waits behind what somebody changed.
    /// </summary>
    public TimeSpan? RequeueAfter { get; }

    /// <summary>The pass did what it should.</summary>
    public static ReconciliationResult<TEntity> Success(TEntity entity, TimeSpan? requeueAfter = null) => new(entity, true, null, null, requeueAfter);

    /// <summary>The pass failed and is tried again: after <paramref name="requeueAfter"/>, else by the usual back-off.</summary>
    public static ReconciliationResult<TEntity> Failure(TEntity entity, string errorMessage, Exception? error = null, TimeSpan? requeueAfter = null) =>
        new(entity, false, errorMessage, error, requeueAfter);
}
