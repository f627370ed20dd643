namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>What became of a comparison of a domain with its object.</summary>
/// <param name="Changed">What differed, in words.</param>
/// <param name="Waiting">What still differs until the next start.</param>
/// <param name="Message">What is said of the definition.</param>
internal sealed record DomainChangeResult(IReadOnlyList<string> Changed, IReadOnlyList<string> Waiting, string Message);
