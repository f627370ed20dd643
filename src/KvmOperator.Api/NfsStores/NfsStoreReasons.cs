namespace KvmOperator.Api.NfsStores;

/// <summary>Reasons of an NfsStore's conditions and events, besides <see cref="CommonReasons"/>.</summary>
public static class NfsStoreReasons
{
    /// <summary>The server does not answer.</summary>
    public const string ServerUnreachable = "ServerUnreachable";

    /// <summary>The server belongs to somebody else and is only mounted.</summary>
    public const string External = "External";

    /// <summary>At least one host has not mounted it, or cannot write or lock there.</summary>
    public const string MountsMissing = "MountsMissing";

    /// <summary>It cannot be deleted while guests have disks there.</summary>
    public const string InUse = "InUse";

    /// <summary>An older store of the pool is mounted at the same path; nothing is exported or mounted for this one.</summary>
    public const string MountPathTaken = "MountPathTaken";

    /// <summary>It is so full that no new disk is made there; guests that write stand still when nothing is left.</summary>
    public const string NearlyFull = "NearlyFull";

    /// <summary>The hosts do not see the same files: they have mounted different things.</summary>
    public const string DifferentContents = "DifferentContents";

    /// <summary>QEMU's user has another number on some hosts: those cannot open the disks of the others.</summary>
    public const string DifferentUsers = "DifferentUsers";
}
