using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Failover.Admission;

/// <summary>A guest that would need another place.</summary>
/// <param name="Name">Its name, <c>namespace/name</c>.</param>
/// <param name="Priority">Those of a higher one get a place first.</param>
/// <param name="Needs">What it needs.</param>
public sealed record FailoverGuestNeed(string Name, int Priority, PlacementGuest Needs);
