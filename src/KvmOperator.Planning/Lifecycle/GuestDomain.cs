namespace KvmOperator.Planning.Lifecycle;

/// <summary>The domain of a guest, as far as it matters to what comes next.</summary>
public sealed record GuestDomain
{
    /// <summary>It is on its way: libvirt lets QEMU go in a moment.</summary>
    public bool StartsUp { get; init; }

    /// <summary>It crashed, and its process is kept.</summary>
    public bool IsCrashed { get; init; }

    /// <summary>It exists and stands still.</summary>
    public bool IsPaused { get; init; }

    /// <summary>It stands still because its disk could not be written.</summary>
    public bool PausedByInputOutputError { get; init; }

    /// <summary>It stands still because it is being moved, or because a move broke.</summary>
    public bool PausedByMigration { get; init; }

    /// <summary>It is off because it shut itself down or somebody ended it.</summary>
    public bool EndedInOrder { get; init; }

    /// <summary>It is off because it crashed or could not be started.</summary>
    public bool EndedByFailure { get; init; }

    /// <summary>It is off here because it went to another host, and its definition stayed.</summary>
    public bool LeftByMigration { get; init; }
}
