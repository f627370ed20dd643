using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;

namespace KvmOperator.VmMigrations;

/// <summary>What a move waits for before it begins: one of a closed set.</summary>
/// <param name="Reason">The condition's reason.</param>
/// <param name="Message">What it is, and what to do about it.</param>
internal abstract record MigrationWait(string Reason, string Message)
{
    /// <summary>Something stands in the way that may never go by itself: it is waited for as long as the spec says.</summary>
    public sealed record Obstacle(string Message) : MigrationWait(CommonReasons.DependencyNotReady, Message);

    /// <summary>Other moves come first: that is no fault of this one, however long it takes.</summary>
    public sealed record Turn(string Message) : MigrationWait(VmMigrationReasons.WaitingForSlot, Message);

    /// <summary>The operator has just started and does not know the hosts yet.</summary>
    public sealed record Operator(string Message) : MigrationWait(CommonReasons.DependencyNotReady, Message);
}
