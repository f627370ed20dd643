using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>A host without a network that allows so many connections, and one session on each.</summary>
internal sealed class FewSessions(TimeProvider clock, int mostConnections) : IHostConnector
{
    public List<Connection> Connections { get; } = [];

    public HostKey? HostKey => null;

    public Task<IHostConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (Connections.Count(connection => !connection.IsRetired) >= mostConnections)
        {
            throw new HostUnreachableException("node1", "too many connections", commandMayHaveRun: false);
        }

        var connection = new Connection(clock);
        Connections.Add(connection);
        return Task.FromResult<IHostConnection>(connection);
    }

    /// <summary>A connection with one session.</summary>
    internal sealed class Connection(TimeProvider clock) : IHostConnection
    {
        private long lastUse = clock.GetTimestamp();

        public bool IsTaken { get; set; }

        public bool IsRetired { get; private set; }

        public bool HasPlace => !IsTaken;

        public bool IsOccupied => IsTaken;

        public TimeSpan IdleFor => IsTaken ? TimeSpan.Zero : clock.GetElapsedTime(lastUse);

        public TimeSpan Silence => clock.GetElapsedTime(lastUse);

        public Task<bool> IsAliveAsync() => Task.FromResult(!IsRetired);

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
        {
            lastUse = clock.GetTimestamp();
            return Task.FromResult(new CommandResult(0, null, default, default, TimeSpan.Zero));
        }

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Retire() => IsRetired = true;

        public void EndHeld() => IsTaken = false;

        public void Dispose() => Retire();
    }
}
