namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>What may become of an effect that was sent.</summary>
internal enum EffectOutcome
{
    Done,
    DoneAnswerLost,
    NotDone,

    /// <summary>Its sender hears nothing; it is done later, as a rule after another leader took over.</summary>
    DoneLate,
}
