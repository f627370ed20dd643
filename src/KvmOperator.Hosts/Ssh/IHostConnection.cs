namespace KvmOperator.Hosts.Ssh;

/// <summary>One open connection to a host.</summary>
internal interface IHostConnection : IDisposable
{
    /// <summary>Asks a peer that was silent for long for a sign of life. False, and the connection is closed, when there was none, or when it takes no new commands for another reason.</summary>
    Task<bool> IsAliveAsync();

    /// <summary>Runs one command within exactly its deadline; cancelling abandons it and retires the connection.</summary>
    /// <exception cref="HostException">See <see cref="IHostShell.RunAsync"/>.</exception>
    Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken);

    /// <summary>Takes no new commands, and closes as soon as none is running.</summary>
    void Retire();
}
