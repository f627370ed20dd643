namespace KvmOperator.Planning.Migrations;

/// <summary>What is done with a move that is under way: one of a closed set.</summary>
public enum MigrationStep
{
    /// <summary>Nothing.</summary>
    GoOn,

    /// <summary>It is given up; the guest stays where it is.</summary>
    GiveUp,

    /// <summary>The guest goes on at the target, and the rest of its memory follows.</summary>
    PostCopy,
}
