namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A disk of an OVF.</summary>
/// <param name="Id">Its name within the OVF.</param>
/// <param name="FileId">The file with its content; null for an empty disk.</param>
/// <param name="Capacity">Its size in bytes as it stands there. The disk's own file counts.</param>
/// <param name="ParentId">The disk whose content it begins with.</param>
public sealed record OvfDisk(string Id, string? FileId, long? Capacity, string? ParentId);
