namespace KvmOperator.Planning.Lifecycle;

/// <summary>Everything that decides what comes next for a guest, as it was read at one moment.</summary>
/// <param name="Policy">When it should run.</param>
/// <param name="ShutdownGrace">How long it has to shut down.</param>
/// <param name="Record">What is written down of it.</param>
/// <param name="Sighting">Where it was found.</param>
public sealed record GuestFacts(RunPolicy Policy, TimeSpan ShutdownGrace, GuestRecord Record, GuestSighting Sighting)
{
    /// <summary>Whether it is to be off before it is moved away from its host, which is drained.</summary>
    public bool IsEvicted { get; init; }

    /// <summary>Whether it is to be restarted; null when nobody asks for that.</summary>
    public RequestedRestart? Restart { get; init; }
}
