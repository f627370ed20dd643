using KvmOperator.Runtime.Api;

namespace KvmOperator.Placement;

/// <summary>A move that was given its slot a moment ago.</summary>
/// <param name="Guest">Its guest.</param>
/// <param name="Source">Where the guest is.</param>
/// <param name="Target">Where it goes.</param>
internal sealed record AssumedMove(EntityKey Guest, string Source, string Target);
