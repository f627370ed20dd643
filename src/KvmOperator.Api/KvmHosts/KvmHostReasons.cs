namespace KvmOperator.Api.KvmHosts;

/// <summary>Reasons of a KvmHost's conditions and events, besides <see cref="CommonReasons"/>.</summary>
public static class KvmHostReasons
{
    /// <summary>No connection could be made.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>The machine refused the credentials.</summary>
    public const string AuthenticationRefused = "AuthenticationRefused";

    /// <summary>The Secret is missing, or holds nothing that can be used.</summary>
    public const string CredentialsUnusable = "CredentialsUnusable";

    /// <summary>The user may not become root there.</summary>
    public const string PrivilegeRefused = "PrivilegeRefused";

    /// <summary>The host keys to trust cannot be read: spec.ssh.hostKeys, or the annotation that accepts a new one.</summary>
    public const string HostKeyUnreadable = "HostKeyUnreadable";

    /// <summary>The machine shows another host key than the trusted one; nothing is run there.</summary>
    public const string HostKeyChanged = "HostKeyChanged";

    /// <summary>Another KvmHost stands for the same machine; nothing is done there in this one's name.</summary>
    public const string SameMachine = "SameMachine";

    /// <summary>Another host of the pool has the same hostname or UUID.</summary>
    public const string SameIdentity = "SameIdentity";

    /// <summary>Another installation of the operator acts on the machine at this moment; nothing is run there.</summary>
    public const string ManagedElsewhere = "ManagedElsewhere";

    /// <summary>Something was changed behind the operator's back and was mended.</summary>
    public const string DriftMended = "DriftMended";

    /// <summary>The machine was started anew.</summary>
    public const string Rebooted = "Rebooted";

    /// <summary>A store is mounted and does not answer. Guests on it wait; all else on the host goes on.</summary>
    public const string StorageUnavailable = "StorageUnavailable";

    /// <summary>Its processors have been in use, or waited for, too much for a while.</summary>
    public const string ProcessorsBusy = "ProcessorsBusy";

    /// <summary>It has been short of memory for a while.</summary>
    public const string MemoryShort = "MemoryShort";

    /// <summary>Its guests are being moved away, and none of them needs a person.</summary>
    public const string Draining = "Draining";

    /// <summary>At least one guest does not leave it by itself; the message says which, why, and what to do.</summary>
    public const string DrainBlocked = "DrainBlocked";

    /// <summary>A guest is moved away, since the host is in maintenance.</summary>
    public const string Evicted = "Evicted";

    /// <summary>The last guest has left it.</summary>
    public const string DrainFinished = "DrainFinished";

    /// <summary>It cannot be deleted while guests run there.</summary>
    public const string GuestsRunning = "GuestsRunning";

    /// <summary>It cannot be deleted while guests that are off are defined there.</summary>
    public const string GuestsDefined = "GuestsDefined";
}
