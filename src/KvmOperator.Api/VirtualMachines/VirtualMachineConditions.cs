namespace KvmOperator.Api.VirtualMachines;

/// <summary>The types of a VirtualMachine's conditions, besides <see cref="CommonConditions"/>.</summary>
public static class VirtualMachineConditions
{
    /// <summary>A host was found for it; otherwise the message says why each host was refused.</summary>
    public const string Placed = "Placed";

    /// <summary>Its disks are there.</summary>
    public const string DisksReady = "DisksReady";

    /// <summary>Its domain is defined as the spec says.</summary>
    public const string Defined = "Defined";

    /// <summary>It runs.</summary>
    public const string Running = "Running";

    /// <summary>A change waits for the next start; the message says which.</summary>
    public const string RestartRequired = "RestartRequired";

    /// <summary>cloud-init in the guest reads what the spec says. It does not count in <see cref="CommonConditions.Ready"/>: the guest runs as it did.</summary>
    public const string CloudInitCurrent = "CloudInitCurrent";

    /// <summary>All types, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } =
        [CommonConditions.Ready, CommonConditions.Valid, Placed, DisksReady, Defined, Running, RestartRequired, CloudInitCurrent];
}
