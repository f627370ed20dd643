namespace KvmOperator.Planning.Lifecycle;

/// <summary>That a person wants a guest to be shut down and started again, once.</summary>
/// <param name="HasBegun">Whether it was asked to shut down for that already: then it is started whatever its policy, unless that keeps it off.</param>
public sealed record RequestedRestart(bool HasBegun);
