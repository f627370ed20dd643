namespace KvmOperator.Api.VmMigrations;

/// <summary>Reasons of a VmMigration's conditions and events, besides <see cref="CommonReasons"/>.</summary>
public static class VmMigrationReasons
{
    /// <summary>Something stands in the way of the move.</summary>
    public const string PreflightRefused = "PreflightRefused";

    /// <summary>Too many moves run already.</summary>
    public const string WaitingForSlot = "WaitingForSlot";

    /// <summary>The guest is on the target already, or is not where the move was to take it away from.</summary>
    public const string AlreadyThere = "AlreadyThere";

    /// <summary>The move was done before, for an object of the guest that is no longer there: its domain remembers it.</summary>
    public const string AlreadyDone = "AlreadyDone";

    /// <summary>The guest was moved.</summary>
    public const string Moved = "Moved";

    /// <summary>The time was up.</summary>
    public const string TimedOut = "TimedOut";

    /// <summary>Somebody wanted it to end.</summary>
    public const string Cancelled = "Cancelled";

    /// <summary>The guest writes memory faster than it can be sent.</summary>
    public const string NotConverging = "NotConverging";

    /// <summary>The guest goes on at the target while the rest of its memory follows.</summary>
    public const string PostCopyStarted = "PostCopyStarted";

    /// <summary>libvirt gave up; the message is its own.</summary>
    public const string MigrationFailed = "MigrationFailed";

    /// <summary>A host does not say where the guest is, so no outcome is written.</summary>
    public const string OutcomeUnknown = "OutcomeUnknown";
}
