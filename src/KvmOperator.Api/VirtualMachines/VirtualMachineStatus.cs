using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What a guest is.</summary>
public sealed record VirtualMachineStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>One short word for people: Pending, Creating, Starting, Running, Paused, Stopping, Stopped, Migrating, Crashed, Unknown, Invalid.</summary>
    public string? Phase { get; init; }

    /// <summary>What is known, one entry a type.</summary>
    [XListMapKeys("type")]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The KvmHost on which it is defined.</summary>
    public string? Host { get; init; }

    /// <summary>Its libvirt domain.</summary>
    public string? DomainName { get; init; }

    /// <summary>The domain's UUID, the same for ever.</summary>
    public string? DomainUuid { get; init; }

    /// <summary>Its first address.</summary>
    public string? IpAddress { get; init; }

    /// <summary>All its addresses.</summary>
    public IReadOnlyList<string> IpAddresses { get; init; } = [];

    /// <summary>The addresses of its network cards, in the order of spec.networks. One that the spec does not give is chosen once, as no other guest has it, and stays.</summary>
    public IReadOnlyList<string> MacAddresses { get; init; } = [];

    /// <summary>How to reach its console, to be pasted into a shell.</summary>
    public string? Console { get; init; }

    /// <summary>How often it was started again after a crash since it last ran for a while.</summary>
    public int? RestartCount { get; init; }

    /// <summary>Why and from where it was started the last time.</summary>
    public string? LastStartReason { get; init; }

    /// <summary>When it was started the last time.</summary>
    public DateTime? StartTime { get; init; }

    /// <summary>When it was seen that it had shut itself down, or that a person had ended it; absent once it was started again. It outlives a host that falls silent, whose libvirt forgets it.</summary>
    public DateTime? EndedInOrderTime { get; init; }

    /// <summary>When it was asked to shut down; after the grace period of the spec it is powered off.</summary>
    public DateTime? ShutdownRequestedTime { get; init; }

    /// <summary>The last request by annotation (<c>kvmoperator.io/request</c>), and what became of it.</summary>
    public GuestRequest? LastRequest { get; init; }

    /// <summary>Its start elsewhere that goes on, because its host failed; null for none.</summary>
    public GuestFailover? Failover { get; init; }

    /// <summary>Its last start elsewhere because its host had failed.</summary>
    public GuestFailover? LastFailover { get; init; }

    /// <summary>Its disks.</summary>
    [XListMapKeys("name")]
    public IReadOnlyList<VirtualMachineDiskStatus> Disks { get; init; } = [];
}
