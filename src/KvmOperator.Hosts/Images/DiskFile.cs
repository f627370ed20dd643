namespace KvmOperator.Hosts.Images;

/// <summary>A disk's file that may be there.</summary>
/// <param name="Path">The file, absolute.</param>
/// <param name="Format">Its format, which is known: <c>qcow2</c> or <c>raw</c>.</param>
public sealed record DiskFile(string Path, string Format)
{
    /// <summary>Whether somebody else put it there and no guest has used it as a disk yet: then what it holds is looked at, since a person may have taken something else for a disk.</summary>
    public bool IsForeign { get; init; }
}
