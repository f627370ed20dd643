using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;

namespace KvmOperator.Status;

/// <summary>An object that is being deleted while a person wants nothing touched for it: it stays until the annotation goes, and says so.</summary>
internal static class PausedDeletion
{
    /// <summary>What people are told.</summary>
    public const string Message = $"it is deleted when the annotation {Annotations.Paused} is taken off";

    /// <summary>Taking the annotation off is a change, and wakes it at once; this is only how often it is said again.</summary>
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(5);

    /// <summary>Says what it waits for.</summary>
    public static ReconciliationResult<TEntity> Wait<TEntity>(TEntity entity, IEventRecorder events)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        events.Publish(entity, CommonReasons.Paused, Message, EventType.Warning);
        return ReconciliationResult<TEntity>.Success(entity, TellAgain);
    }
}
