namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>A live migration that is under way.</summary>
internal sealed class SimulatedMove(SimulatedGuest guest, SimulatedHost source, SimulatedHost target)
{
    public SimulatedGuest Guest { get; } = guest;

    public SimulatedHost Source { get; } = source;

    public SimulatedHost Target { get; } = target;

    public int SourceBoot { get; } = source.Boot;

    public bool IsOver { get; set; }
}
