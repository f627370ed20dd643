namespace KvmOperator.Api.VmMigrations;

/// <summary>What a phase says of its move, for everybody who meets one. Pure.</summary>
public static class VmMigrationPhases
{
    /// <summary>Whether a move is over. One that nobody has looked at yet is not.</summary>
    public static bool IsEnd(VmMigrationPhase? phase) => phase is VmMigrationPhase.Succeeded or VmMigrationPhase.Failed or VmMigrationPhase.Cancelled;

    /// <summary>Whether the guest is in the hands of the move, so that nobody else may touch it.</summary>
    public static bool HoldsGuest(VmMigrationPhase? phase) => phase is VmMigrationPhase.Preparing or VmMigrationPhase.Running or VmMigrationPhase.Verifying;
}
