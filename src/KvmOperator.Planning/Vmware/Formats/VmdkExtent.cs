namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>An extent line of a descriptor.</summary>
/// <param name="Access">How it may be used.</param>
/// <param name="Sectors">How many sectors of the disk it is, of 512 bytes each.</param>
/// <param name="Kind">What its file holds.</param>
/// <param name="Word">The word for that in the file.</param>
/// <param name="FileName">The file's name; null for zeros.</param>
/// <param name="Offset">At which sector of the file it begins; null when it is not said.</param>
public sealed record VmdkExtent(VmdkAccess Access, long Sectors, VmdkExtentKind Kind, string Word, string? FileName, long? Offset);
