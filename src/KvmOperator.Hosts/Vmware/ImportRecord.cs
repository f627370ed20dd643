using System.Text.Json.Nodes;

namespace KvmOperator.Hosts.Vmware;

/// <summary>
/// What an import does, written down in the guest's folder on the store before any of it is done: its disks are converted by it, its guest is made by it, and what is disposable is deleted by it. It
/// stays there, so that the same import, applied to another cluster, finds its work done.
/// </summary>
public sealed record ImportRecord
{
    /// <summary>The import.</summary>
    public required RecordedImport Import { get; init; }

    /// <summary>What of a store stays free.</summary>
    public required RecordedReserve Reserve { get; init; }

    /// <summary>The disks.</summary>
    public IReadOnlyList<RecordedDisk> Disks { get; init; } = [];

    /// <summary>The VirtualMachine, as an object of Kubernetes.</summary>
    public required JsonNode Guest { get; init; }

    /// <summary>What is deleted in the source when everything else is done.</summary>
    public IReadOnlyList<RecordedFile> Trim { get; init; } = [];
}
