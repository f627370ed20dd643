namespace KvmOperator.Hosts.Vmware;

/// <summary>What lies at a path of a source.</summary>
public enum SourceEntryKind
{
    /// <summary>A plain file, or a link within the source to one: then its size and times are those of what it leads to.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A link that leads out of the source.</summary>
    Outside,

    /// <summary>A device, a pipe, what lies on another file system, or what cannot be looked at.</summary>
    Other,
}
