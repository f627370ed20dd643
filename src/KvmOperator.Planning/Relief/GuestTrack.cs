namespace KvmOperator.Planning.Relief;

/// <summary>What is known of a guest's use of its host's processors.</summary>
/// <param name="Since">Since when it was watched there without a break.</param>
/// <param name="CpuNanoseconds">What it had used at the latest look.</param>
/// <param name="Cores">What it uses on average, in cores; null after the first look.</param>
internal sealed record GuestTrack(TimeSpan Since, long CpuNanoseconds, double? Cores);
