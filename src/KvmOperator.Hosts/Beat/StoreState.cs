namespace KvmOperator.Hosts.Beat;

/// <summary>What became of one question to a store.</summary>
internal enum StoreState
{
    /// <summary>It is mounted, and its server answered.</summary>
    Answers,

    /// <summary>It has not answered yet, although the next question is due.</summary>
    Waiting,

    /// <summary>Nothing is mounted there.</summary>
    Missing,

    /// <summary>The answer was an error.</summary>
    Failed,
}
