namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A file that an OVF refers to.</summary>
/// <param name="Id">Its name within the OVF.</param>
/// <param name="Href">Where it lies.</param>
/// <param name="Size">How many bytes it has, when it is said.</param>
/// <param name="ChunkSize">In pieces of how many bytes it lies there, when it does: HREF.000000000, HREF.000000001 and so on.</param>
/// <param name="Compression">How it is compressed, as it stands there; null for not.</param>
public sealed record OvfFile(string Id, string Href, long? Size, long? ChunkSize, string? Compression);
