namespace KvmOperator.Hosts.Vmware;

/// <summary>What was deleted of a source.</summary>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">How many bytes they had.</param>
/// <param name="Kept">What stays although it was listed, each with the reason.</param>
public sealed record TrimResult(int Files, long Bytes, IReadOnlyList<string> Kept);
