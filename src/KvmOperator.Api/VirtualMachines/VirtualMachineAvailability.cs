using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What happens to a guest when its host fails or is drained. A failure counts only where failover is armed.</summary>
public sealed record VirtualMachineAvailability
{
    /// <summary>Restart: started elsewhere, once the failed host provably cannot write, in a pool for which failover is armed. Leave: waits for its host.</summary>
    [DefaultValue(HostFailurePolicy.Restart)]
    public HostFailurePolicy OnHostFailure { get; init; } = HostFailurePolicy.Restart;

    /// <summary>Guests with a higher number are restarted elsewhere first.</summary>
    [DefaultValue(0)]
    [RangeMinimum(-1000)]
    [RangeMaximum(1000)]
    public int Priority { get; init; }

    /// <summary>Whether two of the guest with one network identity are worse than none: then it is started elsewhere only when the failed machine is known to be off, and not when it is merely shut out of its storage.</summary>
    [DefaultValue(false)]
    public bool RequirePowerOff { get; init; }

    /// <summary>When its host is drained. LiveMigrate: moved while it runs. Shutdown: asked to shut down, and started elsewhere (with runStrategy Manual: when a person starts it). Block: it stays, and the drain waits for a person.</summary>
    [DefaultValue(EvictionPolicy.LiveMigrate)]
    public EvictionPolicy OnEviction { get; init; } = EvictionPolicy.LiveMigrate;
}
