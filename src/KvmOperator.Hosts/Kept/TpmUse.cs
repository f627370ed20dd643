namespace KvmOperator.Hosts.Kept;

/// <summary>What a guest does with its emulated TPM, whose state may be copied while nobody writes it.</summary>
public enum TpmUse
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>The guest is off: the state is copied, and the copy is what there is.</summary>
    Off,

    /// <summary>The guest is about to be started: the state is copied, and the copy counts as older from now on.</summary>
    Starting,

    /// <summary>The guest runs: the copy is older than the state.</summary>
    Running,
}
