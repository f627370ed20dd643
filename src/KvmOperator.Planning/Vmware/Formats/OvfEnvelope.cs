namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>What an .ovf says about a machine.</summary>
public sealed record OvfEnvelope
{
    /// <summary>The files.</summary>
    public IReadOnlyList<OvfFile> Files { get; init; } = [];

    /// <summary>The disks.</summary>
    public IReadOnlyList<OvfDisk> Disks { get; init; } = [];

    /// <summary>The parts of the machine.</summary>
    public IReadOnlyList<OvfItem> Items { get; init; } = [];

    /// <summary>The machine's name.</summary>
    public string? Name { get; init; }

    /// <summary>VMware's word for the guest's operating system.</summary>
    public string? GuestOs { get; init; }

    /// <summary>VMware's further settings (<c>firmware</c>, <c>uefi.secureBoot.enabled</c>, …), by key in small letters.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How many machines there are: more than one cannot be imported as one.</summary>
    public int Machines { get; init; }
}
