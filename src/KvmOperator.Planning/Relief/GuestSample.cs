namespace KvmOperator.Planning.Relief;

/// <summary>What a guest has used on its host.</summary>
/// <param name="Name">Its name, <c>namespace/name</c>.</param>
/// <param name="CpuNanoseconds">Processor time since it began there.</param>
public sealed record GuestSample(string Name, long CpuNanoseconds);
