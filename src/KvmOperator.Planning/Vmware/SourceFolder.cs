using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>The listing of a source.</summary>
/// <param name="Name">The folder's own name.</param>
/// <param name="Files">Everything below it.</param>
/// <param name="ListedAt">When it was listed, by the clock that wrote the files' times.</param>
public sealed record SourceFolder(string Name, IReadOnlyList<SourceFile> Files, DateTimeOffset ListedAt);
