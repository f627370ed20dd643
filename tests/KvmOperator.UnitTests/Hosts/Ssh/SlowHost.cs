using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>A host without a network, on which everything takes as long as a test says; the clock runs as fast as somebody waits for it.</summary>
internal sealed class SlowHost(FakeTimeProvider clock) : IHostConnector, IHostConnection
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private int measurements;

    /// <summary>What the fixed work takes that a host is measured by.</summary>
    public TimeSpan Work { get; init; }

    /// <summary>What every other command takes.</summary>
    public TimeSpan Takes { get; set; }

    /// <summary>Whether it does not even end what is over its time.</summary>
    public bool IsStuck { get; init; }

    /// <summary>The other commands, as they were sent.</summary>
    public List<RemoteCommand> Commands { get; } = [];

    /// <summary>How often the host was measured.</summary>
    public int Measurements => measurements;

    public HostKey? HostKey => null;

    public HostShell Shell()
    {
        var pace = new HostPace(clock);
        return new HostShell(new HostConnectionSettings("node1", "192.168.122.100", new HostCredentials()), this, pace, clock, NullLogger.Instance);
    }

    public Task<IHostConnection> ConnectAsync(CancellationToken cancellationToken) => Task.FromResult<IHostConnection>(this);

    public bool HasPlace => true;

    public bool IsOccupied => false;

    public TimeSpan IdleFor => TimeSpan.Zero;

    public TimeSpan Silence => TimeSpan.Zero;

    public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void EndHeld()
    {
    }

    public Task<bool> IsAliveAsync() => Task.FromResult(true);

    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        var isMeasurement = command.Label == "script";
        if (isMeasurement)
        {
            Interlocked.Increment(ref measurements);
        }
        else
        {
            lock (gate)
            {
                Commands.Add(command);
            }
        }

        // As the host does it: the work itself, or the host's own time limit, whichever ends first.
        var takes = isMeasurement ? Work : Takes;
        for (var elapsed = TimeSpan.Zero; elapsed < takes; elapsed += Step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (elapsed >= command.Deadline && !IsStuck)
            {
                throw new DeadlineExceededException("node1", command);
            }

            lock (gate)
            {
                clock.Advance(Step);
            }

            await Task.Yield();
        }

        return new CommandResult(0, null, default, default, takes);
    }

    public void Retire()
    {
    }

    public void Dispose()
    {
    }
}
