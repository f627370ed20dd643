using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>A VirtualMachine: its object, and its disks as the storage model judges them.</summary>
internal sealed class SimulatedGuest(string name, string host, IReadOnlyList<string> servers)
{
    public string Name { get; } = name;

    /// <summary>The status of its object.</summary>
    public string Host { get; set; } = host;

    public GuestRecovery? Recovery { get; set; }

    public int Version { get; set; }

    public IReadOnlyList<string> Servers { get; } = servers;

    public int Priority { get; init; }

    public bool MayRestart { get; set; } = true;

    public bool IsWanted { get; set; } = true;

    public bool RequiresPowerOff { get; init; }

    /// <summary>The only host that it may be on; null for any.</summary>
    public string? PinnedTo { get; init; }

    /// <summary>A group of which no two may be on one host.</summary>
    public string? Group { get; init; }

    /// <summary>The start whose memory alone may write from now on.</summary>
    public int Incarnation { get; set; } = 1;

    /// <summary>The host and the failure in which its start was last sent.</summary>
    public string? IssuedIn { get; set; }
}
