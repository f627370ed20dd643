namespace KvmOperator.Hosts.Vmware;

/// <summary>A file that lies in pieces, or is packed as a whole: it is written beside the target first.</summary>
/// <param name="Name">The name of a link to it in the work folder.</param>
/// <param name="Pieces">Its pieces in their order.</param>
/// <param name="IsCompressed">Whether it is packed with gzip.</param>
public sealed record RecordedJoin(string Name, IReadOnlyList<RecordedPiece> Pieces, bool IsCompressed);
