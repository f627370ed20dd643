namespace KvmOperator.Settings;

/// <summary>What is done for hosts that have too much to do.</summary>
internal enum ReliefMode
{
    /// <summary>The move that would help most is proposed.</summary>
    Recommend,

    /// <summary>Nothing is looked for.</summary>
    Off,
}
