using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Benchmarks.Fleet.Operator;

/// <summary>A held process of a simulated host.</summary>
internal sealed class SimulatedChannel : IHostChannel
{
    private readonly Stream stream;
    private readonly Action closed;
    private readonly Func<HostUnreachableException> unreachable;
    private readonly CancellationTokenRegistration breaking;
    private readonly TaskCompletionSource<CommandResult> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int isOver;

    /// <summary>Holds it.</summary>
    /// <param name="stream">Both ways.</param>
    /// <param name="heard">Called for each sign of life.</param>
    /// <param name="closed">Called once, at its end.</param>
    /// <param name="unreachable">Says why the connection broke.</param>
    /// <param name="broken">When the connection is over.</param>
    public SimulatedChannel(Stream stream, Action heard, Action closed, Func<HostUnreachableException> unreachable, CancellationToken broken)
    {
        (this.stream, this.closed, this.unreachable) = (stream, closed, unreachable);
        Output = new HeardStream(stream, heard, () => End(null));
        breaking = broken.UnsafeRegister(static channel => ((SimulatedChannel)channel!).Break(), this);
        _ = ended.Task.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public Stream Input => stream;

    public Stream Output { get; }

    public Task<CommandResult> Ended => ended.Task;

    public async ValueTask DisposeAsync()
    {
        End(null);
        await breaking.DisposeAsync();
    }

    private void Break() => End(unreachable());

    private void End(HostUnreachableException? why)
    {
        if (Interlocked.Exchange(ref isOver, 1) == 1)
        {
            return;
        }

        closed();
        stream.Dispose();
        if (why is not null)
        {
            ended.TrySetException(why);
        }
        else
        {
            ended.TrySetResult(new CommandResult(null, null, default, default, TimeSpan.Zero));
        }
    }
}
