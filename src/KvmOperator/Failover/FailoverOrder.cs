using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Planning.Failover.Recovery;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.Failover;

/// <summary>An effect with the objects on which it was decided.</summary>
/// <param name="Effect">What is done.</param>
/// <param name="Pool">The pool as it was.</param>
/// <param name="Host">The host whose failure it is about.</param>
internal sealed record FailoverOrder(FailoverEffect Effect, FailoverPool Pool, KvmHost Host)
{
    /// <summary>The guest that it is about; null for none.</summary>
    public VirtualMachine? Guest { get; init; }

    /// <summary>What the guest is made from again; null when that is not known, or it is not about that.</summary>
    public Revival.Again? Revival { get; init; }

    /// <summary>Where the guest's definition is kept; null when it is not about that.</summary>
    public string? KeptFolder { get; init; }

    /// <summary>The hosts that may have the guest and are not proven to run nothing: each says once more that it does not run there before it is started.</summary>
    public IReadOnlyList<KvmHost> Asked { get; init; } = [];

    /// <summary>Hosts that are well: a server that does not know one of them is the wrong one.</summary>
    public IReadOnlyList<KvmHost> Controls { get; init; } = [];
}
