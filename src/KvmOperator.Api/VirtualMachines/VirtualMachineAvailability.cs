using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What happens to a guest when its host fails or is drained.</summary>
public sealed record VirtualMachineAvailability
{
    /// <summary>Restart: started elsewhere, once the failed host provably cannot write. Leave: waits for its host. Not used yet: every guest waits for its host.</summary>
    [DefaultValue(HostFailurePolicy.Restart)]
    public HostFailurePolicy OnHostFailure { get; init; } = HostFailurePolicy.Restart;

    /// <summary>Guests with a higher number are restarted first. Not used yet: no guest is restarted elsewhere.</summary>
    [DefaultValue(0)]
    [RangeMinimum(-1000)]
    [RangeMaximum(1000)]
    public int Priority { get; init; }

    /// <summary>When its host is drained. LiveMigrate: moved while it runs. Shutdown: asked to shut down, and started elsewhere (with runStrategy Manual: when a person starts it). Block: it stays, and the drain waits for a person.</summary>
    [DefaultValue(EvictionPolicy.LiveMigrate)]
    public EvictionPolicy OnEviction { get; init; } = EvictionPolicy.LiveMigrate;
}
