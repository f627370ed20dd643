using KvmOperator.Api.KvmHosts;
using KvmOperator.Runtime.Events;

namespace KvmOperator.KvmHosts;

/// <summary>Events that more than one part tells of a host.</summary>
internal static class HostEvents
{
    /// <summary>Tells that the machine was started anew: its guests stopped with it.</summary>
    public static void Restarted(IEventRecorder events, KvmHost host) => events.Publish(
        host, KvmHostReasons.Rebooted, "the machine was started anew since it was seen last: guests that ran there stopped with it", EventType.Warning);
}
