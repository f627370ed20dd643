using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>A guest's domain on one host. The incarnation is the start that its memory comes from: a move keeps it, a start makes a new one.</summary>
internal sealed class SimulatedDomain(SimulatedGuest guest, DomainPresence presence, int incarnation)
{
    public SimulatedGuest Guest { get; } = guest;

    public DomainPresence Presence { get; set; } = presence;

    public int Incarnation { get; set; } = incarnation;

    /// <summary>Its requests that are on their way into a file.</summary>
    public int InFlight { get; set; }

    /// <summary>Paused by an error of its disk; it sends the failed write again when somebody resumes it.</summary>
    public bool StandsStill { get; set; }
}
