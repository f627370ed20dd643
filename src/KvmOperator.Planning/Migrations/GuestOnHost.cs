namespace KvmOperator.Planning.Migrations;

/// <summary>A guest as one of the two hosts of its move has it.</summary>
/// <param name="IsActive">Whether a process of it exists there.</param>
public sealed record GuestOnHost(bool IsActive)
{
    /// <summary>It stands still because it is being moved, or because a move broke.</summary>
    public bool PausedByMigration { get; init; }

    /// <summary>It stands still because post-copy broke: a part of its memory is on the other host.</summary>
    public bool PausedByBrokenPostCopy { get; init; }

    /// <summary>Its memory is on two hosts: post-copy goes on, or broke.</summary>
    public bool InPostCopy { get; init; }
}
