namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>What one server is asked: that one host writes nothing there any more.</summary>
/// <param name="FailoverId">The failure that it is about. Only with the same id can the fence be taken away.</param>
/// <param name="Epoch">The epoch of the leader that asks. A server refuses a lower one than it has seen.</param>
/// <param name="Server">The server.</param>
/// <param name="Host">The host.</param>
public sealed record StorageFence(string FailoverId, long Epoch, string Server, string Host)
{
    /// <summary>What is done, in order.</summary>
    public static IReadOnlyList<FenceStep> Steps { get; } = Enum.GetValues<FenceStep>();
}
