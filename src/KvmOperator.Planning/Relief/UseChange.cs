namespace KvmOperator.Planning.Relief;

/// <summary>The use of a host's processors before and after a move, as shares of one.</summary>
/// <param name="Before">Before.</param>
/// <param name="After">After, as it is expected.</param>
public sealed record UseChange(double Before, double After);
