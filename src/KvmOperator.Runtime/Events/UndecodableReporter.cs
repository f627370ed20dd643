using k8s.Models;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Monitoring;

namespace KvmOperator.Runtime.Events;

/// <summary>Tells people and dashboards of objects that cannot be read.</summary>
internal sealed class UndecodableReporter(IEventRecorder events, RuntimeMetrics metrics) : IUndecodableObserver
{
    public void Found(V1ObjectReference reference, string message) =>
        events.Publish(reference, "Undecodable", "The object cannot be read and is left as it is; correct it: " + message, EventType.Warning);

    public void Counted(string kind, int count) => metrics.Undecodable.WithLabels(kind).Set(count);
}
