namespace KvmOperator.Planning.Relief;

/// <summary>A guest of a hot host that is not moved.</summary>
/// <param name="Guest">Its name.</param>
/// <param name="Why">Why not.</param>
public sealed record NotChosen(string Guest, string Why);
