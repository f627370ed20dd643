using System.Buffers;
using System.IO.Pipelines;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace KvmOperator.Hosts.Ssh;

/// <summary>A held process over the SSH library. What comes is handed on by the connection's own thread, so a channel that waits costs no thread.</summary>
internal sealed class HostChannel : IHostChannel
{
    private const int UnreadLimitBytes = 64 * 1024 * 1024;
    private const int ErrorTailBytes = 16 * 1024;

    private readonly string hostName;
    private readonly HostThreads threads;
    private readonly TimeProvider timeProvider;
    private readonly long started;
    private readonly Lock gate = new();
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: UnreadLimitBytes, resumeWriterThreshold: UnreadLimitBytes / 2, useSynchronizationContext: false));
    private readonly MarkerFilter output;
    private readonly MarkerFilter error;
    private readonly List<byte> errorTail = [];
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CommandResult> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SshCommand? remote;
    private Stream? input;
    private bool isClosed;

    public HostChannel(string hostName, IReadOnlyList<string> markers, HostThreads threads, TimeProvider timeProvider)
    {
        this.hostName = hostName;
        this.threads = threads;
        this.timeProvider = timeProvider;
        started = timeProvider.GetTimestamp();
        output = new MarkerFilter(markers, KeepOutput);
        error = new MarkerFilter(markers, KeepError);
        Input = new ChannelInput(WriteAsync, EndInputAsync);
        Output = pipe.Reader.AsStream();

        // Not everybody asks how it ended.
        _ = ended.Task.ContinueWith(task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public Stream Input { get; }

    /// <inheritdoc/>
    public Stream Output { get; }

    /// <inheritdoc/>
    public Task<CommandResult> Ended => ended.Task;

    /// <summary>Completes when the command itself is heard: the login shell and sudo let it through.</summary>
    public Task Begun => begun.Task;

    /// <summary>Where the process's standard output is written to.</summary>
    public Stream CreateOutputStream() => new ReceivingStream(bytes => Take(output, bytes));

    /// <summary>Where its standard error is written to.</summary>
    public Stream CreateErrorStream() => new ReceivingStream(bytes => Take(error, bytes));

    /// <summary>Everything that came as long as the command itself was not heard, and how the process ended.</summary>
    public CommandResult Unheard(CommandResult result)
    {
        lock (gate)
        {
            return result with { Output = output.Held, Error = (byte[])[.. error.Held, .. errorTail] };
        }
    }

    /// <summary>Follows the process to its end, or to that of the connection.</summary>
    /// <param name="command">The command of the SSH library.</param>
    /// <param name="execution">Its life.</param>
    /// <param name="broken">Cancelled at the end of the connection.</param>
    /// <param name="unreachable">Says how that ended.</param>
    public async Task FollowAsync(SshCommand command, Task execution, Func<Exception?, HostUnreachableException> unreachable, CancellationToken broken)
    {
        remote = command;
        try
        {
            await execution.WaitAsync(broken);
            End(() => ended.TrySetResult(Result(command.ExitStatus, command.ExitSignal)));
            command.Dispose();
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or IOException or OperationCanceledException)
        {
            End(() => ended.TrySetException(unreachable(exception is OperationCanceledException ? null : exception)));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close(() => ended.TrySetResult(Result(status: null, signal: null)));
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the channel from this side, as one whose connection ended.</summary>
    public void Close(HostUnreachableException reason) => Close(() => ended.TrySetException(reason));

    private void Close(Action end)
    {
        End(end);
        if (remote is { } command)
        {
            // Closing waits for the peer, which may be gone.
            _ = threads.Prompt.RunAsync(command.Dispose);
        }
    }

    private void End(Action end)
    {
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            isClosed = true;
            end();
            pipe.Writer.Complete();
        }
    }

    private CommandResult Result(int? status, string? signal)
    {
        lock (gate)
        {
            return new CommandResult(status, signal, default, errorTail.ToArray(), timeProvider.GetElapsedTime(started));
        }
    }

    private void Take(MarkerFilter filter, ReadOnlySpan<byte> bytes)
    {
        var isBehind = false;
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            filter.Add(bytes);
            if (output.IsOpen)
            {
                begun.TrySetResult();
                isBehind = !pipe.Writer.FlushAsync().AsTask().IsCompleted;
            }
        }

        if (isBehind)
        {
            Close(new HostUnreachableException(hostName, $"{hostName} sent more than {UnreadLimitBytes} bytes that nobody read; the channel was closed.", commandMayHaveRun: true));
        }
    }

    private void KeepOutput(ReadOnlySpan<byte> bytes) => pipe.Writer.Write(bytes);

    private void KeepError(ReadOnlySpan<byte> bytes)
    {
        errorTail.AddRange(bytes);
        if (errorTail.Count > ErrorTailBytes)
        {
            errorTail.RemoveRange(0, errorTail.Count - ErrorTailBytes);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (ended.Task.IsCompleted || remote is not { } command)
        {
            throw new IOException($"The process on {hostName} has ended.");
        }

        try
        {
            await threads.Prompt.RunAsync(() => (input ??= command.CreateInputStream()).Write(bytes.Span));
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or NullReferenceException)
        {
            throw new IOException($"The process on {hostName} takes no more input: {exception.Message}", exception);
        }
    }

    private async Task EndInputAsync()
    {
        try
        {
            if (!ended.Task.IsCompleted)
            {
                await threads.Prompt.RunAsync(() => input?.Dispose());
            }
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or NullReferenceException)
        {
            // The process ended meanwhile.
        }
    }
}
