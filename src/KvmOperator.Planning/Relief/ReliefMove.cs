namespace KvmOperator.Planning.Relief;

/// <summary>A move that would relieve a host, and what it is expected to do.</summary>
/// <param name="Guest">The guest.</param>
/// <param name="Source">The host that is hot.</param>
/// <param name="Target">Where it would go.</param>
/// <param name="Cores">What the guest uses.</param>
/// <param name="Gain">Cores above the limit that there would be less.</param>
/// <param name="Cost">How long the move takes.</param>
/// <param name="SourceUse">The use of the source before and after.</param>
/// <param name="TargetUse">The use of the target before and after.</param>
public sealed record ReliefMove(string Guest, string Source, string Target, double Cores, double Gain, TimeSpan Cost, UseChange SourceUse, UseChange TargetUse)
{
    /// <summary>What it brings for what it costs: by this the best one is chosen.</summary>
    public double Worth => Gain / Cost.TotalSeconds;
}
