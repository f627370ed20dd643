namespace KvmOperator.Hosts.Images;

/// <summary>A disk that should be.</summary>
/// <param name="Path">Its file, absolute.</param>
/// <param name="Format"><c>qcow2</c> or <c>raw</c>.</param>
/// <param name="SizeBytes">Its size as the guest sees it; 0 keeps the source's. Never smaller than the source.</param>
/// <param name="Source">Its first content.</param>
public sealed record DiskPlan(string Path, string Format, long SizeBytes, DiskSource Source);
