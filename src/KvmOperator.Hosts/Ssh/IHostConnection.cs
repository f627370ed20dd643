namespace KvmOperator.Hosts.Ssh;

/// <summary>One open connection to a host. Safe for concurrent use.</summary>
internal interface IHostConnection : IDisposable
{
    /// <summary>False when the peer is known to open no more channels at the moment.</summary>
    bool HasPlace { get; }

    /// <summary>Whether some of the peer's sessions are taken for long, by held channels or by abandoned commands.</summary>
    bool IsOccupied { get; }

    /// <summary>For how long nothing has run over it.</summary>
    TimeSpan IdleFor { get; }

    /// <summary>How long ago the peer's SSH server last sent anything.</summary>
    TimeSpan Silence { get; }

    /// <summary>Asks a peer that was silent for long for a sign of life. False, and the connection is closed, when there was none, or when it takes no new commands for another reason.</summary>
    Task<bool> IsAliveAsync();

    /// <summary>Runs one command within exactly its deadline; cancelling abandons it, and everything else on the connection goes on.</summary>
    /// <exception cref="HostException">See <see cref="IHostShell.RunAsync"/>.</exception>
    /// <exception cref="ChannelRefusedException">The peer opens no channel here at the moment; nothing ran.</exception>
    Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken);

    /// <summary>Opens a held channel; cancelling gives it up.</summary>
    /// <exception cref="HostException">See <see cref="IHostShell.OpenAsync"/>.</exception>
    /// <exception cref="ChannelRefusedException">The peer opens no channel here at the moment; nothing ran.</exception>
    Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken);

    /// <summary>Takes no new commands, and closes as soon as none is running and no channel is held.</summary>
    void Retire();

    /// <summary>Ends the held channels.</summary>
    void EndHeld();
}
