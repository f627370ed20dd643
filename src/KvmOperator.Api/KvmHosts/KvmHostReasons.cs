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

    /// <summary>Nobody reaches it, not long enough yet.</summary>
    public const string Suspected = "Suspected";

    /// <summary>The operator does not reach it, and somebody else does: it lives, and its guests run.</summary>
    public const string Isolated = "Isolated";

    /// <summary>It looks dead, and something forbids to act on that.</summary>
    public const string Held = "Held";

    /// <summary>It is being shut out of its storage.</summary>
    public const string Fencing = "Fencing";

    /// <summary>It was shut out of its storage, and showed it.</summary>
    public const string ShutOut = "ShutOut";

    /// <summary>Its guests are being started elsewhere.</summary>
    public const string Recovering = "Recovering";

    /// <summary>No guest of it is being started any more.</summary>
    public const string Recovered = "Recovered";

    /// <summary>It answers again, and is cleaned before it is let in.</summary>
    public const string Returning = "Returning";

    /// <summary>It failed again and again: its guests may leave, and none come, for a while.</summary>
    public const string Quarantined = "Quarantined";

    /// <summary>Its failure is over.</summary>
    public const string FailoverEnded = "FailoverEnded";

    /// <summary>Something that was done because of its failure did not succeed, and is tried again.</summary>
    public const string FailoverStepFailed = "FailoverStepFailed";

    /// <summary>Nothing can shut it out at this moment.</summary>
    public const string NoFencing = "NoFencing";

    /// <summary>Some of its guests would have no place if it failed.</summary>
    public const string NoRoom = "NoRoom";

    /// <summary>Failover is not armed for its pool.</summary>
    public const string NotArmed = "NotArmed";

    /// <summary>A person switched failover off for a while.</summary>
    public const string SwitchedOff = "SwitchedOff";

    /// <summary>Failover is armed for its pool.</summary>
    public const string Armed = "Armed";
}
