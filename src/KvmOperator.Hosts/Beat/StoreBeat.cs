namespace KvmOperator.Hosts.Beat;

/// <summary>What the probe of a store on a host told.</summary>
/// <param name="MountPath">Where the store is mounted.</param>
/// <param name="State">What became of the question.</param>
/// <param name="Number">Counts the questions to this store.</param>
/// <param name="Took">How long the answer took, or has been waited for.</param>
/// <param name="SizeBytes">The store's size; 0 without an answer.</param>
/// <param name="AvailableBytes">What can still be written; 0 without an answer.</param>
/// <param name="Reason">The error; else empty.</param>
internal sealed record StoreBeat(string MountPath, StoreState State, long Number, TimeSpan Took, long SizeBytes, long AvailableBytes, string Reason);
