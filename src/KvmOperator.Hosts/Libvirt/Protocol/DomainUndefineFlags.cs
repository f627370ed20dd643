namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What goes with a definition, with libvirt's own numbers (<c>VIR_DOMAIN_UNDEFINE_…</c>).</summary>
[Flags]
public enum DomainUndefineFlags
{
    /// <summary>Nothing: libvirt refuses when something would be left.</summary>
    None = 0,

    /// <summary>The saved state.</summary>
    ManagedSave = 1,

    /// <summary>What libvirt knows of snapshots.</summary>
    SnapshotsMetadata = 1 << 1,

    /// <summary>The variables of the UEFI firmware.</summary>
    Nvram = 1 << 2,

    /// <summary>Not the variables of the UEFI firmware.</summary>
    KeepNvram = 1 << 3,

    /// <summary>What libvirt knows of checkpoints.</summary>
    CheckpointsMetadata = 1 << 4,

    /// <summary>What the emulated TPM keeps.</summary>
    Tpm = 1 << 5,

    /// <summary>Not what the emulated TPM keeps.</summary>
    KeepTpm = 1 << 6,
}
