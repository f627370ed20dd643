namespace KvmOperator.Hosts.Preparation;

/// <summary>What became of a step in a pass.</summary>
/// <param name="Step">The step.</param>
/// <param name="State">How it is after the pass.</param>
/// <param name="Mended">What differed before and was mended or is being mended; null when the pass changed nothing.</param>
public sealed record StepReport(PreparationStep Step, StepState State, string? Mended);
