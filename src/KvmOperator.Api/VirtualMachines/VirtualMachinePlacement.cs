using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>Where a guest may run.</summary>
public sealed record VirtualMachinePlacement
{
    /// <summary>The only host on which it may run. It is not moved away, and not started elsewhere when that host fails.</summary>
    public LocalObjectReference? HostRef { get; init; }

    /// <summary>The hosts among which one is chosen.</summary>
    [DefaultValue("default")]
    [Length(1, 63)]
    [Pattern(Patterns.Label)]
    public string Pool { get; init; } = "default";

    /// <summary>Groups of guests in the same namespace that avoid one host: no two guests that name the same group run together.</summary>
    [Items(0, 8)]
    [ItemPattern(Patterns.Label, 63)]
    public IReadOnlyList<string> AntiAffinity { get; init; } = [];
}
