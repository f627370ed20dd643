using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What came of looking for a file that another one names.</summary>
/// <param name="Outcome">What it is.</param>
/// <param name="File">The file when it was found.</param>
/// <param name="By">By what it was found.</param>
/// <param name="Reason">Why it was not found, as a sentence; empty when it was.</param>
public sealed record FindResult(FindOutcome Outcome, SourceFile? File, FoundBy By, string Reason);
