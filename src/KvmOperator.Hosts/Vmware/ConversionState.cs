namespace KvmOperator.Hosts.Vmware;

/// <summary>Where the conversion of a disk stands.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Percent">How much of it is done while it goes on; null when that is not known.</param>
/// <param name="Error">Why it did not come to its end, in one line; empty when it did, or goes on.</param>
/// <param name="AllocatedBytes">What the disk takes in the store when it is done; null when that is not known.</param>
public sealed record ConversionState(ConversionOutcome Outcome, int? Percent, string Error, long? AllocatedBytes);
