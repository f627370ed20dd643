namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A file within an archive.</summary>
/// <param name="Name">Its name as it stands there, without a leading <c>./</c>.</param>
/// <param name="Offset">Where its content begins in the archive.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="IsFile">Whether it is a plain file: a link or a device has no content.</param>
public sealed record TarMember(string Name, long Offset, long Size, bool IsFile);
