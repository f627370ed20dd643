using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>What became of a step in a pass.</summary>
/// <param name="Step">The step.</param>
/// <param name="State">How it is after the pass.</param>
/// <param name="Mended">What differed before and is mended now; null when nothing did, or when it is not ready yet.</param>
public sealed record StepReport(PreparationStep Step, StepState State, string? Mended);
