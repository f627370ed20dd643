namespace KvmOperator.Planning.Drain;

/// <summary>A move of a drain that failed; its guest runs on where it was.</summary>
/// <param name="Target">Where it was to go; null when that was not known yet.</param>
/// <param name="Why">The words of the move.</param>
/// <param name="Ended">When it failed.</param>
/// <param name="IsRefused">Whether it was refused before anything began, for something that speaks against this target.</param>
public sealed record DrainFailure(string? Target, string Why, DateTimeOffset Ended, bool IsRefused);
