namespace KvmOperator.Hosts.Ssh;

/// <summary>Opens connections to one host.</summary>
internal interface IHostConnector
{
    /// <summary>The key that the host proved itself with; null before the first connection.</summary>
    HostKey? HostKey { get; }

    /// <summary>Opens a connection. Not safe for concurrent use.</summary>
    /// <exception cref="HostException">See <see cref="IHostShell.RunAsync"/>; also thrown without an attempt when it is too early for one.</exception>
    Task<IHostConnection> ConnectAsync(CancellationToken cancellationToken);
}
