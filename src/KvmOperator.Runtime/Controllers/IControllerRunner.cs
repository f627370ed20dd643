using KvmOperator.Runtime.Monitoring;

namespace KvmOperator.Runtime.Controllers;

/// <summary>What the host needs to know of a controller of any kind.</summary>
internal interface IControllerRunner : ILiveness
{
    /// <summary>The name in metrics and logs.</summary>
    string Name { get; }

    /// <summary>Works until told to take no more; then ends what is under way, unless it is aborted.</summary>
    /// <param name="mayWork">Asked before each pass; once false, no more work is begun.</param>
    /// <param name="takeNoMore">Ends the taking.</param>
    /// <param name="abort">Cancels what is under way.</param>
    Task RunAsync(Func<bool> mayWork, CancellationToken takeNoMore, CancellationToken abort);
}
