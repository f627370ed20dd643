using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Events;

/// <summary>Tells people about objects, where <c>kubectl describe</c> and <c>kubectl events</c> show it.</summary>
public interface IEventRecorder
{
    /// <summary>
    /// Notes an event; returns at once and never fails. The same event again is counted on the first; very many about one object are
    /// dropped. Tell only what has been saved: an event about a status comes after the status.
    /// </summary>
    /// <param name="entity">What it is about.</param>
    /// <param name="reason">Why, for machines: few, unique, CamelCase.</param>
    /// <param name="message">What happened, for people.</param>
    /// <param name="type">How it should be taken.</param>
    void Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type = EventType.Normal);

    /// <summary>As the other, for an object of which only the reference is known.</summary>
    void Publish(V1ObjectReference regarding, string reason, string message, EventType type = EventType.Normal);
}
