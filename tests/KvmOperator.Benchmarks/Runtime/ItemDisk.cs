namespace KvmOperator.Benchmarks.Runtime;

/// <summary>One disk of an item.</summary>
public sealed record ItemDisk(string Name, string Size, string? Image);
