namespace KvmOperator.Planning.Lifecycle;

/// <summary>What is to be done for a guest next: one of a closed set.</summary>
public abstract record GuestStep
{
    private GuestStep()
    {
    }

    /// <summary>Some hosts could not be asked, so nothing is done; unless the guest may be a new one, and the store has no disk of it.</summary>
    public sealed record Ask(IReadOnlyList<string> Hosts, bool MayBeNew) : GuestStep;

    /// <summary>It runs on several hosts: nothing is touched before a person looked.</summary>
    public sealed record Conflict(IReadOnlyList<string> Hosts) : GuestStep;

    /// <summary>A person wants this domain, which nobody owns, to be the guest's.</summary>
    public sealed record Adopt(string Host) : GuestStep;

    /// <summary>The domain that a person wants to be the guest's is nowhere, so nothing is made in its place.</summary>
    public sealed record NothingToAdopt : GuestStep;

    /// <summary>Its name belongs to somebody else's domain.</summary>
    public sealed record NotOurs(string Host) : GuestStep;

    /// <summary>It is nowhere: find a host, make its disks, define it.</summary>
    public sealed record Create : GuestStep;

    /// <summary>Start it where it is defined.</summary>
    public sealed record Start(string Host, string Why, int RestartCount) : GuestStep;

    /// <summary>It ended by itself too often: start it, but not before.</summary>
    public sealed record BackOff(string Host, DateTimeOffset Until) : GuestStep;

    /// <summary>It runs as it should.</summary>
    public sealed record Run(string Host) : GuestStep;

    /// <summary>It is on its way, in libvirt's hands.</summary>
    public sealed record StartUp(string Host) : GuestStep;

    /// <summary>It exists and stands still; the reason says why. By storage: its disks could not be written, so that it may go on when they can.</summary>
    public sealed record StandStill(string Host, string Why, bool IsByStorage) : GuestStep
    {
        /// <summary>Whether it crashed, and a person wants to look at what is left of it.</summary>
        public bool IsCrashed { get; init; }
    }

    /// <summary>Ask it to shut down, and wait until then.</summary>
    public sealed record ShutDown(string Host, DateTimeOffset Until) : GuestStep;

    /// <summary>Ask it to shut down, since a person wants it restarted, and wait until then.</summary>
    public sealed record Restart(string Host, DateTimeOffset Until) : GuestStep;

    /// <summary>Ask it to shut down, since it is to leave its host and wants to be off meanwhile. It is not powered off.</summary>
    public sealed record Evict(string Host) : GuestStep;

    /// <summary>It did not shut down in time.</summary>
    public sealed record PowerOff(string Host) : GuestStep;

    /// <summary>It is off as it should be. How that came is written down: whether it ended in order by itself, or its spec has it so.</summary>
    public sealed record Rest(string Host, bool EndedInOrder) : GuestStep;
}
