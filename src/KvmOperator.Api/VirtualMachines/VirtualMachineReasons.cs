namespace KvmOperator.Api.VirtualMachines;

/// <summary>Reasons of a VirtualMachine's conditions and events, besides <see cref="CommonReasons"/>.</summary>
public static class VirtualMachineReasons
{
    /// <summary>No host can take the guest; the message says why each was refused.</summary>
    public const string NoHostFits = "NoHostFits";

    /// <summary>The host on which it was cannot be asked, so nothing is known and nothing is started elsewhere.</summary>
    public const string HostUnknown = "HostUnknown";

    /// <summary>A domain with its name is there and belongs to somebody else.</summary>
    public const string DomainNotOurs = "DomainNotOurs";

    /// <summary>A domain that a person made is this object's from now on.</summary>
    public const string Adopted = "Adopted";

    /// <summary>The domain that a person wants to be taken over is not there, or is not what the spec says.</summary>
    public const string AdoptionRefused = "AdoptionRefused";

    /// <summary>It was made again from its last definition.</summary>
    public const string MadeAgain = "MadeAgain";

    /// <summary>A domain that was adopted is on no host any more, and nothing says how it was.</summary>
    public const string DefinitionNotKept = "DefinitionNotKept";

    /// <summary>What was kept of the guest is not what it can be made again from.</summary>
    public const string KeptDefinitionUnusable = "KeptDefinitionUnusable";

    /// <summary>Its host is lost, and the copy of its TPM's state is older than the guest: a person has to accept that.</summary>
    public const string TpmStateOlder = "TpmStateOlder";

    /// <summary>spec.cloudInit was changed after the guest has read it.</summary>
    public const string CloudInitChanged = "CloudInitChanged";

    /// <summary>It ended because its host is being shut down; it is started again when the host is back.</summary>
    public const string HostShuttingDown = "HostShuttingDown";

    /// <summary>The guest was found running after the cluster had forgotten it.</summary>
    public const string Found = "Found";

    /// <summary>It stopped by itself and is started again, later each time.</summary>
    public const string CrashLoopBackOff = "CrashLoopBackOff";

    /// <summary>It was powered off, since it did not shut down in time.</summary>
    public const string ShutdownTimedOut = "ShutdownTimedOut";

    /// <summary>It was started.</summary>
    public const string Started = "Started";

    /// <summary>It is shut down and started again, since the annotation <c>kvmoperator.io/request</c> asked for that.</summary>
    public const string Restarting = "Restarting";

    /// <summary>What the annotation <c>kvmoperator.io/request</c> asks for is not done; the message says why.</summary>
    public const string RequestRefused = "RequestRefused";

    /// <summary>It is shut down, since its host is drained, and is started elsewhere.</summary>
    public const string Evicted = "Evicted";

    /// <summary>It was shut down.</summary>
    public const string Stopped = "Stopped";

    /// <summary>It shut itself down, or a person ended it on its host.</summary>
    public const string EndedInOrder = "EndedInOrder";

    /// <summary>It is being moved to another host.</summary>
    public const string Migrating = "Migrating";

    /// <summary>It runs on more than one host; nothing is touched before a person looked.</summary>
    public const string RunsTwice = "RunsTwice";

    /// <summary>Other guests keep only what differs from its disks, so these must neither change nor go.</summary>
    public const string LinkedClones = "LinkedClones";

    /// <summary>The spec names a network or a bridge on which guests of this namespace may not be.</summary>
    public const string NetworkNotAllowed = "NetworkNotAllowed";

    /// <summary>Another guest has the address that the spec gives to a network card.</summary>
    public const string MacAddressTaken = "MacAddressTaken";

    /// <summary>It stands still.</summary>
    public const string Paused = "Paused";

    /// <summary>It stood still because its disks could not be written, and goes on since they can be again.</summary>
    public const string Resumed = "Resumed";

    /// <summary>It was deleted, and a file that another guest names stays.</summary>
    public const string DiskKept = "DiskKept";

    /// <summary>A change was made to the running guest.</summary>
    public const string Changed = "Changed";

    /// <summary>Its host failed and was shut out, or is being shut out; the message says what the guest waits for.</summary>
    public const string HostFailed = "HostFailed";

    /// <summary>It was started elsewhere, since its host had failed.</summary>
    public const string FailedOver = "FailedOver";
}
