using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Runtime.Hosting;

/// <summary>Ends the process with a code that says failure, so that whoever runs it starts a new one.</summary>
internal sealed class ProcessEnd(IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ProcessEnd> logger)
{
    /// <summary>The exit code of a process that ended because it could not go on.</summary>
    public const int FailureCode = 1;

    /// <summary>Asks the host to stop, and ends the process by force when that takes longer than <paramref name="atMost"/>.</summary>
    public void Fail(string reason, TimeSpan atMost)
    {
        logger.LogCritical("The process ends: {Reason}", reason);
        Environment.ExitCode = FailureCode;

        // In this order, and not here: whoever is told of the stop may block.
        _ = ForceAsync(atMost);
        _ = Task.Run(lifetime.StopApplication, CancellationToken.None);
    }

    private async Task ForceAsync(TimeSpan after)
    {
        await Task.Delay(after, clock, CancellationToken.None);
        Environment.Exit(FailureCode);
    }
}
