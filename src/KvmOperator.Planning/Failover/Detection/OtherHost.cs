namespace KvmOperator.Planning.Failover.Detection;

/// <summary>Another host of the pool, as a control.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Silence">How long ago the operator last heard it.</param>
/// <param name="IsReady">Whether guests can go there.</param>
/// <param name="IsDown">Whether it is known to be away: failed before, or in maintenance. Its silence says nothing of the operator's network.</param>
public sealed record OtherHost(string Name, TimeSpan Silence, bool IsReady, bool IsDown);
