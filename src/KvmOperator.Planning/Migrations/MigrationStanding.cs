namespace KvmOperator.Planning.Migrations;

/// <summary>How far a move is that is not over.</summary>
public enum MigrationStanding
{
    /// <summary>Something else than other moves keeps it from beginning, so it keeps nobody.</summary>
    Held,

    /// <summary>It said that it waits for its turn.</summary>
    Waiting,

    /// <summary>It has its guest.</summary>
    Begun,
}
