namespace KvmOperator.Runtime.Monitoring;

/// <summary>Something that runs for as long as the process, and knows when it no longer does though it should.</summary>
internal interface ILiveness
{
    /// <summary>What is stuck so that only a new process helps; null when nothing is. An API server or a machine that is away is no such thing.</summary>
    string? Stuck { get; }
}
