using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What lies at a path of the source.</summary>
public enum SourceFileKind
{
    /// <summary>A plain file, or a link within the source to one: its size and times are those of what it leads to.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A link that leads out of the source. It is never followed.</summary>
    OutsideLink,

    /// <summary>A device, a socket, a pipe. It is never opened.</summary>
    Other,
}
