using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What is inspected.</summary>
public sealed record InspectionRequest
{
    /// <summary>A file of the source: its .vmx, .ova, .ovf or .vmdk. Null for whatever the folder has.</summary>
    public string? File { get; init; }

    /// <summary>The name of a snapshot whose state is wanted. Null for the current state.</summary>
    public string? Snapshot { get; init; }

    /// <summary>What a guest may have.</summary>
    public GuestLimits Limits { get; init; } = new();

    /// <summary>Network addresses of other guests, in small letters, and whose they are.</summary>
    public IReadOnlyDictionary<string, string> TakenMacs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
