namespace KvmOperator.Hosts.Ssh;

/// <summary>A host could not be reached, or the connection to it broke or froze. This says nothing about whether the host lives.</summary>
public sealed class HostUnreachableException(string hostName, string message, bool commandMayHaveRun, Exception? innerException = null)
    : HostException(hostName, message, innerException)
{
    /// <summary>False when the command certainly did not run.</summary>
    public bool CommandMayHaveRun { get; } = commandMayHaveRun;

    /// <summary>True when something there spoke SSH, or took a connection and was silent: the machine is on, whatever keeps it from being worked on.</summary>
    public bool IsAlive { get; init; }
}
