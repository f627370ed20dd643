namespace KvmOperator.Hosts.Vmware;

/// <summary>A digest that a file has to have.</summary>
/// <param name="Name">The file, for people.</param>
/// <param name="Pieces">Its content.</param>
/// <param name="Algorithm"><c>sha1</c>, <c>sha256</c> or <c>sha512</c>.</param>
/// <param name="Digest">The digest in small hexadecimal digits.</param>
public sealed record RecordedDigest(string Name, IReadOnlyList<RecordedPiece> Pieces, string Algorithm, string Digest);
