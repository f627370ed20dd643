using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>By what a file was found, the surest first.</summary>
public enum FoundBy
{
    /// <summary>By its path.</summary>
    Path,

    /// <summary>By the bytes that its name has in the encoding of the file that names it, as unpacking leaves them.</summary>
    RawBytes,

    /// <summary>By its path, of which letters are composed differently.</summary>
    Normalization,

    /// <summary>By its path without case.</summary>
    Case,

    /// <summary>By its name alone, of a path that does not exist here.</summary>
    BaseName,
}
