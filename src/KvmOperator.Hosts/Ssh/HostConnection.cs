using Microsoft.Extensions.Logging;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// One open SSH connection. It watches its peer while commands run, because the protocol alone never notices a frozen one,
/// and it can be retired: then it takes no new commands and closes after the last running one.
/// </summary>
internal sealed class HostConnection : IHostConnection
{
    private const int OutputLimitBytes = 32 * 1024 * 1024;

    /// <summary>The most that the patience with a silent peer grows to.</summary>
    private const int MostPatience = 6;

    private static readonly TimeSpan BeginningCheckInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan OutputCheckInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ChannelRetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly SshClient client;
    private readonly HostConnectionSettings settings;
    private readonly TimeProvider timeProvider;
    private readonly HostPace pace;
    private readonly ILogger logger;
    private readonly CancellationTokenSource broken = new();
    private readonly Lock state = new();
    private long lastSignOfLife;
    private int commandsInFlight;
    private bool retired;
    private bool closed;
    private string reasonForClosing = "the connection was closed";

    public HostConnection(SshClient client, HostConnectionSettings settings, HostPace pace, TimeProvider timeProvider, ILogger logger)
    {
        this.client = client;
        this.settings = settings;
        this.pace = pace;
        this.timeProvider = timeProvider;
        this.logger = logger;
        lastSignOfLife = timeProvider.GetTimestamp();
        client.ErrorOccurred += (_, error) => Close($"the connection broke: {error.Exception.Message}");
        _ = WatchPeerAsync();
    }

    private TimeSpan LivenessInterval => settings.LivenessInterval * Math.Min(pace.Factor, MostPatience);

    private bool IsUsable
    {
        get
        {
            lock (state)
            {
                return !retired && !closed && client.IsConnected;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsAliveAsync()
    {
        if (IsUsable && timeProvider.GetElapsedTime(Volatile.Read(ref lastSignOfLife)) >= LivenessInterval)
        {
            await ProbeAsync();
        }

        return IsUsable;
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        lock (state)
        {
            if (retired || closed)
            {
                throw new HostUnreachableException(settings.Name, Describe(reasonForClosing), commandMayHaveRun: false);
            }

            commandsInFlight++;
        }

        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken.Token);
            return await RunUntilStoppedAsync(command, stop.Token);
        }
        catch (OperationCanceledException) when (broken.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HostUnreachableException(settings.Name, Describe(reasonForClosing), commandMayHaveRun: true);
        }
        catch (OperationCanceledException)
        {
            // The abandoned command keeps its place among the server's sessions, so the connection is not used any further.
            Retire();
            throw;
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            Close($"the connection broke: {exception.Message}");
            throw new HostUnreachableException(settings.Name, Describe(exception.Message), commandMayHaveRun: true, exception);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public void Retire()
    {
        bool idle;
        lock (state)
        {
            retired = true;
            idle = commandsInFlight == 0;
        }

        if (idle)
        {
            Close("the connection was retired");
        }
    }

    /// <summary>Closes the connection now; running commands end with an error.</summary>
    public void Dispose() => Close("the connection was closed");

    private async Task<CommandResult> RunUntilStoppedAsync(RemoteCommand command, CancellationToken stop)
    {
        var started = timeProvider.GetTimestamp();
        var marker = $"kvm-operator-{Guid.NewGuid():N}";
        var hasBegun = false;
        var (remote, execution) = await OpenAsync(CommandText.For(settings, command, pace.Factor, marker), stop);
        try
        {
            if (!command.Input.IsEmpty)
            {
                await Task.WhenAny(FeedAsync(remote, command.Input), execution).WaitAsync(stop);
            }

            while (!execution.IsCompleted)
            {
                await Task.WhenAny(execution, Task.Delay(hasBegun ? OutputCheckInterval : BeginningCheckInterval, timeProvider, stop));
                if (!hasBegun && remote.OutputStream.Length > 0)
                {
                    hasBegun = true;
                    pace.Started(timeProvider.GetElapsedTime(started));
                }

                stop.ThrowIfCancellationRequested();
                if (remote.OutputStream.Length + remote.ExtendedOutputStream.Length > OutputLimitBytes)
                {
                    Retire();
                    throw new OutputLimitExceededException(settings.Name, command, OutputLimitBytes);
                }
            }

            await execution;
        }
        finally
        {
            if (!hasBegun && timeProvider.GetElapsedTime(started) is var waited && (execution.IsCompletedSuccessfully || waited > HostPace.UsualStart))
            {
                pace.Started(waited);
            }

            // Closing a channel waits for the peer, which may be gone.
            _ = Task.Run(remote.Dispose, CancellationToken.None);
        }

        SignOfLife();
        return Interpret(command, remote, marker, timeProvider.GetElapsedTime(started));
    }

    private CommandResult Interpret(RemoteCommand command, SshCommand remote, string marker, TimeSpan duration)
    {
        var raw = new CommandResult(remote.ExitStatus, remote.ExitSignal, Drain(remote.OutputStream), Drain(remote.ExtendedOutputStream), duration);
        var result = CommandText.Interpret(settings, marker, raw);
        const int killedStatus = 128 + 9;
        return result.ExitStatus is CommandText.TimedOutStatus or killedStatus && duration >= command.Deadline
            ? throw new DeadlineExceededException(settings.Name, command)
            : result;
    }

    /// <summary>
    /// Whether the peer itself said that it opens no channel: then the command certainly did not run, and the peer lives. When the library gave up waiting for an answer,
    /// neither is known.
    /// </summary>
    internal static bool IsRefusedChannel(SshException exception) => exception is not (SshConnectionException or SshOperationTimeoutException);

    /// <summary>Opens a channel and starts the command. A server with few sessions refuses channels for a moment: then it is asked again.</summary>
    private async Task<(SshCommand Remote, Task Execution)> OpenAsync(string text, CancellationToken stop)
    {
        while (true)
        {
            var remote = client.CreateCommand(text);
            try
            {
                // The library opens the channel on the caller's thread and waits there for the peer.
                var execution = await Task.Run(() => Task.FromResult((Task)remote.ExecuteAsync(CancellationToken.None)), CancellationToken.None).WaitAsync(stop);
                if (!execution.IsFaulted)
                {
                    return (remote, execution);
                }

                await execution;
            }
            catch (SshException exception) when (IsRefusedChannel(exception) && client.IsConnected)
            {
                remote.Dispose();
                logger.LogDebug("{Host} refused a channel: {Reason}", settings.Name, exception.Message);
            }

            await Task.Delay(ChannelRetryDelay, timeProvider, stop);
        }
    }

    private static async Task FeedAsync(SshCommand remote, ReadOnlyMemory<byte> input)
    {
        try
        {
            // Writing waits for the peer's window, closing for the connection's buffer.
            await Task.Run(
                () =>
                {
                    using var stream = remote.CreateInputStream();
                    stream.Write(input.Span);
                    stream.Flush();
                },
                CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or SshException or ObjectDisposedException or InvalidOperationException or NullReferenceException)
        {
            // A command that ends without reading its input closes the channel under the writer; its exit status tells the rest.
        }
    }

    private static ReadOnlyMemory<byte> Drain(Stream completedStream)
    {
        using var content = new MemoryStream();
        completedStream.CopyTo(content);
        return content.ToArray();
    }

    private async Task WatchPeerAsync()
    {
        using var timer = new PeriodicTimer(settings.LivenessInterval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(broken.Token))
            {
                var silence = timeProvider.GetElapsedTime(Volatile.Read(ref lastSignOfLife));
                if (Volatile.Read(ref commandsInFlight) > 0 && silence >= LivenessInterval)
                {
                    await ProbeAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection was closed: nobody to watch any more.
        }
    }

    private async Task ProbeAsync()
    {
        var limit = LivenessInterval;
        using var waiting = new CancellationTokenSource(limit, timeProvider);
        SshCommand? probe = null;
        try
        {
            probe = client.CreateCommand(":");
            await Task.Run(() => probe.ExecuteAsync(CancellationToken.None), CancellationToken.None).WaitAsync(waiting.Token);
            SignOfLife();
        }
        catch (SshException exception) when (IsRefusedChannel(exception) && client.IsConnected)
        {
            // A refused channel is an answer too.
            SignOfLife();
        }
        catch (OperationCanceledException)
        {
            Close($"the host did not answer for {limit.TotalSeconds:0.#} s");
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            Close($"the connection broke: {exception.Message}");
        }
        finally
        {
            _ = Task.Run(() => probe?.Dispose(), CancellationToken.None);
        }
    }

    private void SignOfLife() => Volatile.Write(ref lastSignOfLife, timeProvider.GetTimestamp());

    private void Leave()
    {
        bool last;
        lock (state)
        {
            commandsInFlight--;
            last = retired && commandsInFlight == 0;
        }

        if (last)
        {
            Close("the connection was retired");
        }
    }

    private void Close(string reason)
    {
        lock (state)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            reasonForClosing = reason;
        }

        logger.LogDebug("Connection to {Host} ends: {Reason}", settings.Name, reason);
        broken.Cancel();
        // Saying goodbye to a frozen peer takes its time; nobody has to wait for that.
        _ = Task.Run(client.Dispose, CancellationToken.None);
    }

    private string Describe(string reason) => $"{settings.Name} ({settings.Address}): {reason}.";
}
