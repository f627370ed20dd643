namespace KvmOperator.Planning.Drain;

/// <summary>A move that is to be made now.</summary>
/// <param name="Guest">The name of its guest.</param>
/// <param name="Target">Where it goes.</param>
public sealed record DrainStep(string Guest, string Target);
