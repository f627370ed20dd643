namespace KvmOperator.Planning.Migrations;

/// <summary>How many moves run side by side.</summary>
/// <param name="InAll">In the whole cluster.</param>
/// <param name="InPool">In one pool; null for as many as in all.</param>
/// <param name="OutOfHost">Out of one host, and as many into one: the same link carries them.</param>
public sealed record MigrationLimits(int InAll, int? InPool, int OutOfHost);
