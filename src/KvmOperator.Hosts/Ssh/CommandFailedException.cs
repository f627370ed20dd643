namespace KvmOperator.Hosts.Ssh;

/// <summary>A command that had to succeed ran and failed.</summary>
public sealed class CommandFailedException(string hostName, RemoteCommand command, CommandResult result)
    : HostRefusedException(hostName, $"\"{command.Label}\" on {hostName} ended with {Ending(result)}: {result.ErrorSummary}", result.ErrorSummary)
{
    /// <summary>What became of the command.</summary>
    public CommandResult Result { get; } = result;

    private static string Ending(CommandResult result) => result.Signal is { } signal ? $"signal {signal}" : $"status {result.ExitStatus}";
}
