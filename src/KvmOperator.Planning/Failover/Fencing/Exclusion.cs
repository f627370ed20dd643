namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>Whether a host can still write to a guest's disks.</summary>
/// <param name="IsProven">Whether it provably cannot.</param>
/// <param name="Unread">Servers whose proof has to be read again right before a start.</param>
/// <param name="Message">By what it is proven, or what is missing and what a person can do.</param>
public sealed record Exclusion(bool IsProven, IReadOnlyList<string> Unread, string Message)
{
    /// <summary>By what it is proven; null while it is not. A person's word and a controller's count only where no server can prove it, or where the guest asks for them.</summary>
    public FenceMethod? By { get; init; }

    /// <summary>Whether the guest may be started at this moment.</summary>
    public bool AllowsStart => IsProven && Unread.Count == 0;

    /// <summary>Whether nothing that the operator can do would ever prove it: only a person can.</summary>
    public bool NeedsPerson { get; init; }
}
