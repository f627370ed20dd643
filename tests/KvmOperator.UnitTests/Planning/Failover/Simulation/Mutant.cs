namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>A mistake that is made on purpose. Each must be found by the judge; one that is not means that the judge is blind for its kind.</summary>
internal enum Mutant
{
    None,
    SkipsExpire,
    UnfencesBeforeCleaning,
    IgnoresOtherVantages,
    TakesALostAnswerForSuccess,
    TakesNoLock,
    IgnoresEpochs,
    TakesOneServersProofForAll,
    InvertsPriorities,
    HasNoStormGuard,
    BelievesAStaleStream,
    StartsBeforeItIsWritten,
    HasTwoLeadersOfOneEpoch,
}
