using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>What a machine is.</summary>
public sealed record KvmHostStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>One short word for people: Preparing, Ready, Draining, Drained, Unreachable, Paused, Invalid.</summary>
    public string? Phase { get; init; }

    /// <summary>What is known, one entry a type.</summary>
    [XListMapKeys("type")]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>What the machine is made of.</summary>
    public HostSystem? System { get; init; }

    /// <summary>How much the machine has.</summary>
    public HostCapacity? Capacity { get; init; }

    /// <summary>How much of it is in use.</summary>
    public HostUsage? Usage { get; init; }

    /// <summary>How many guests run there.</summary>
    public int? VirtualMachineCount { get; init; }

    /// <summary>The guests that run there, as namespace/name; domains that are not the operator's by their libvirt name.</summary>
    public IReadOnlyList<string> VirtualMachines { get; init; } = [];

    /// <summary>Who the machine proved to be.</summary>
    public HostSshStatus? Ssh { get; init; }

    /// <summary>The failure that goes on; null while the machine is well.</summary>
    public HostFailover? Failover { get; init; }

    /// <summary>The last failure for which it was shut out and came back from, as it was at its end.</summary>
    public HostFailover? LastFailover { get; init; }

    /// <summary>When it was decided to shut it out, the latest last; of more than ten the oldest are forgotten.</summary>
    [Items(0, 10)]
    public IReadOnlyList<HostFailure> Failures { get; init; } = [];

    /// <summary>When the machine last answered.</summary>
    public DateTime? LastHeartbeatTime { get; init; }
}
