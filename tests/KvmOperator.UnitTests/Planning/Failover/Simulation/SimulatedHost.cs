using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>A hypervisor: its object, and the machine.</summary>
internal sealed class SimulatedHost(string name)
{
    public string Name { get; } = name;

    // The object.
    public FailoverRecord? Record { get; set; }

    public int Version { get; set; }

    /// <summary>When it was decided to shut it out, and whether that counts for the storm guard.</summary>
    public List<(string Id, long Time, bool Counts)> History { get; } = [];

    public bool IsInMaintenance { get; set; }

    public string? ConfirmedId { get; set; }

    // The machine.
    public bool IsPowered { get; set; } = true;

    public bool IsFrozen { get; set; }

    public bool HasManagement { get; set; } = true;

    public bool HasStorage { get; set; } = true;

    public int Boot { get; set; } = 1;

    /// <summary>The highest epoch that it has seen in this boot.</summary>
    public long Epoch { get; set; }

    public bool IsMounted { get; set; } = true;

    /// <summary>A process of somebody keeps the store busy: it cannot be unmounted in this boot.</summary>
    public bool IsKeptBusy { get; set; }

    public List<SimulatedDomain> Domains { get; } = [];

    /// <summary>The hosts whose keys it accepts for moves.</summary>
    public HashSet<string> LetsIn { get; } = [];

    public bool HasController { get; set; }

    public bool IsControllerBroken { get; set; }

    /// <summary>When its held stream was cut; its TCP speaks again only at its next retransmission. Negative while it is whole.</summary>
    public long StreamCutAt { get; set; } = -1;

    public long StreamBackAt { get; set; } = -1;

    /// <summary>Since when nobody at all reaches it; negative while somebody does.</summary>
    public long UnreachedSince { get; set; } = -1;

    /// <summary>When nobody reached it before that.</summary>
    public (long From, long To) UnreachedBefore { get; set; } = (-1, -1);

    public bool IsAlive => IsPowered && !IsFrozen;

    public string BootId => $"{Name}-boot{Boot}";

    public SimulatedDomain? DomainOf(SimulatedGuest guest)
    {
        foreach (var domain in Domains)
        {
            if (ReferenceEquals(domain.Guest, guest))
            {
                return domain;
            }
        }

        return null;
    }
}
