using Microsoft.Extensions.Logging;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// One open SSH connection. It watches its peer while something runs over it: the protocol alone never notices a frozen one. Whatever the peer sends is a sign of life; only one that is silent is asked
/// for an answer, which its SSH server gives without starting anything.
/// </summary>
internal sealed class HostConnection : IHostConnection
{
    private const int OutputLimitBytes = 32 * 1024 * 1024;

    /// <summary>The most that the patience with a silent peer grows to.</summary>
    private const int MostPatience = 6;

    /// <summary>Abandoned commands keep their places among the peer's sessions; with more of them than this the connection is given up for commands.</summary>
    private const int MostAbandoned = 3;

    /// <summary>What was learned of the peer's limit is forgotten after this time: it may have been told at an unlucky moment.</summary>
    private static readonly TimeSpan LimitCountsFor = TimeSpan.FromMinutes(1);

    private readonly SshClient client;
    private readonly Session session;
    private readonly HostConnectionSettings settings;
    private readonly HostPace pace;
    private readonly HostThreads threads;
    private readonly TimeProvider timeProvider;
    private readonly ILogger logger;
    private readonly CancellationTokenSource broken = new();
    private readonly Lock state = new();
    private readonly HashSet<HostChannel> held = [];
    private TaskCompletionSource? awaitedSign;
    private Task? asking;
    private long lastSignOfLife;
    private long lastUse;
    private int commandsInFlight;
    private int sessions;
    private int openSessions;
    private int abandoned;
    private int? sessionLimit;
    private long sessionLimitLearned;
    private bool retired;
    private bool closed;
    private string reasonForClosing = "the connection was closed";

    public HostConnection(SshClient client, HostConnectionSettings settings, HostPace pace, HostThreads threads, TimeProvider timeProvider, ILogger logger)
    {
        this.client = client;
        this.settings = settings;
        this.pace = pace;
        this.threads = threads;
        this.timeProvider = timeProvider;
        this.logger = logger;
        session = SshInternals.SessionOf(client) ?? throw new SshConnectionException("The connection ended at once.");
        lastSignOfLife = lastUse = timeProvider.GetTimestamp();
        client.ErrorOccurred += (_, error) => Close($"the connection broke: {error.Exception.Message}");
        session.RequestSuccessReceived += (_, _) => SignOfLife();
        session.RequestFailureReceived += (_, _) => SignOfLife();
        session.ChannelDataReceived += (_, _) => SignOfLife();
        session.ChannelExtendedDataReceived += (_, _) => SignOfLife();
        session.ChannelOpenConfirmationReceived += (_, _) => SignOfLife();
        session.ChannelOpenFailureReceived += (_, _) => SignOfLife();
        session.ChannelWindowAdjustReceived += (_, _) => SignOfLife();
        session.ChannelCloseReceived += (_, _) => SignOfLife();
        _ = WatchPeerAsync();
    }

    /// <inheritdoc/>
    public bool HasPlace
    {
        get
        {
            lock (state)
            {
                return sessionLimit is not { } limit || sessions < limit || timeProvider.GetElapsedTime(sessionLimitLearned) > LimitCountsFor;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsOccupied
    {
        get
        {
            lock (state)
            {
                return held.Count + abandoned > 0;
            }
        }
    }

    /// <inheritdoc/>
    public TimeSpan IdleFor
    {
        get
        {
            lock (state)
            {
                return commandsInFlight + held.Count > 0 ? TimeSpan.Zero : timeProvider.GetElapsedTime(lastUse);
            }
        }
    }

    /// <inheritdoc/>
    public TimeSpan Silence => timeProvider.GetElapsedTime(Volatile.Read(ref lastSignOfLife));

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
        if (IsUsable && Silence >= LivenessInterval)
        {
            await AskAsync();
        }

        return IsUsable;
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        lock (state)
        {
            RefuseWhenOver();
            commandsInFlight++;
        }

        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken.Token);
            return await RunUntilStoppedAsync(command, stop.Token);
        }
        catch (Exception exception) when (IsOfConnection(exception, cancellationToken))
        {
            throw Explain(exception);
        }
        finally
        {
            lock (state)
            {
                commandsInFlight--;
            }

            CloseWhenDone();
        }
    }

    /// <inheritdoc/>
    public async Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        var marker = NewMarker();
        var channel = new HostChannel(settings.Name, CommandText.Markers(settings, marker), threads, timeProvider);
        lock (state)
        {
            RefuseWhenOver();
            held.Add(channel);
        }

        _ = LeaveAtEndAsync(channel);
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken.Token);
            await OpenUntilStoppedAsync(channel, command, marker, stop.Token);
            return channel;
        }
        catch (Exception exception)
        {
            await channel.DisposeAsync();
            if (IsOfConnection(exception, cancellationToken))
            {
                throw Explain(exception);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Retire()
    {
        lock (state)
        {
            retired = true;
        }

        CloseWhenDone();
    }

    /// <inheritdoc/>
    public void EndHeld()
    {
        HostChannel[] channels;
        lock (state)
        {
            channels = [.. held];
        }

        foreach (var channel in channels)
        {
            channel.Close(new HostUnreachableException(settings.Name, Describe("the connection is used no longer"), commandMayHaveRun: true));
        }
    }

    /// <summary>Closes the connection now; running commands end with an error.</summary>
    public void Dispose() => Close("the connection was closed");

    /// <summary>
    /// Whether the peer itself said that it opens no channel: then the command certainly did not run, and the peer lives. When the library gave up waiting for an answer,
    /// neither is known.
    /// </summary>
    internal static bool IsRefusedChannel(SshException exception) => exception is not (SshConnectionException or SshOperationTimeoutException);

    private static string NewMarker() => $"kvm-operator-{Guid.NewGuid():N}";

    private async Task<CommandResult> RunUntilStoppedAsync(RemoteCommand command, CancellationToken stop)
    {
        var started = timeProvider.GetTimestamp();
        var marker = NewMarker();
        var output = new CommandOutput(OutputLimitBytes, () => pace.Started(timeProvider.GetElapsedTime(started)));
        var text = CommandText.For(settings, command, pace.Factor, marker);
        var (remote, opening) = BeginSession(text, output.CreateOutputStream(), output.CreateErrorStream(), threads.Bulk);
        try
        {
            var execution = await OpenedAsync(remote, opening, stop);
            if (!command.Input.IsEmpty)
            {
                await Task.WhenAny(FeedAsync(remote, command.Input), execution).WaitAsync(stop);
            }

            await Task.WhenAny(execution, output.TooMuch).WaitAsync(stop);
            if (output.TooMuch.IsCompleted)
            {
                _ = threads.Bulk.RunAsync(remote.Dispose);
                throw new OutputLimitExceededException(settings.Name, command, OutputLimitBytes);
            }

            await execution;
        }
        catch (OperationCanceledException)
        {
            if (!output.HasBegun && timeProvider.GetElapsedTime(started) is var waited && waited > HostPace.UsualStart)
            {
                pace.Started(waited);
            }

            _ = AbandonAsync(remote, opening, command.Deadline);
            throw;
        }

        var result = Interpret(command, remote, output, marker, timeProvider.GetElapsedTime(started));
        remote.Dispose();
        return result;
    }

    private async Task OpenUntilStoppedAsync(HostChannel channel, RemoteCommand command, string marker, CancellationToken stop)
    {
        var text = CommandText.ForHeld(settings, command, pace.Factor, marker);
        var (remote, opening) = BeginSession(text, channel.CreateOutputStream(), channel.CreateErrorStream(), threads.Prompt);
        try
        {
            var execution = await OpenedAsync(remote, opening, stop);
            _ = channel.FollowAsync(remote, execution, exception => new HostUnreachableException(settings.Name, Describe(reasonForClosing), commandMayHaveRun: true, exception), broken.Token);
        }
        catch (OperationCanceledException)
        {
            _ = AbandonAsync(remote, opening, TimeSpan.Zero);
            throw;
        }

        if (!command.Input.IsEmpty)
        {
            try
            {
                await channel.Input.WriteAsync(command.Input, stop);
            }
            catch (IOException)
            {
                // How the process ended tells more.
            }
        }

        await Task.WhenAny(channel.Begun, channel.Ended).WaitAsync(stop);
        if (!channel.Begun.IsCompleted)
        {
            CommandText.Interpret(settings, marker, channel.Unheard(await channel.Ended));
        }
    }

    private CommandResult Interpret(RemoteCommand command, SshCommand remote, CommandOutput output, string marker, TimeSpan duration)
    {
        var raw = new CommandResult(remote.ExitStatus, remote.ExitSignal, output.Output, output.Error, duration);
        var result = CommandText.Interpret(settings, marker, raw);
        const int killedStatus = 128 + 9;
        return result.ExitStatus is CommandText.TimedOutStatus or killedStatus && duration >= command.Deadline
            ? throw new DeadlineExceededException(settings.Name, command)
            : result;
    }

    /// <summary>Begins to open a channel; the library waits for the peer on the thread that does it.</summary>
    private (SshCommand Remote, Task<Task> Opening) BeginSession(string text, Stream output, Stream error, BlockingCalls thread)
    {
        var remote = client.CreateCommand(text);
        SshInternals.Redirect(remote, output, error);
        lock (state)
        {
            sessions++;
        }

        var opening = thread.RunAsync(() => remote.ExecuteAsync(CancellationToken.None));
        _ = CountAsync(opening);
        return (remote, opening);
    }

    /// <summary>Waits until the peer has opened the channel.</summary>
    /// <exception cref="ChannelRefusedException">It said that it does not.</exception>
    private async Task<Task> OpenedAsync(SshCommand remote, Task<Task> opening, CancellationToken stop)
    {
        try
        {
            return await opening.WaitAsync(stop);
        }
        catch (SshException exception) when (IsRefusedChannel(exception) && client.IsConnected)
        {
            lock (state)
            {
                sessionLimit = Math.Max(1, openSessions);
                sessionLimitLearned = timeProvider.GetTimestamp();
            }

            remote.Dispose();
            logger.LogDebug("{Host} refused a channel: {Reason}", settings.Name, exception.Message);
            throw new ChannelRefusedException(settings.Name, exception.Message, exception);
        }
    }

    private async Task CountAsync(Task<Task> opening)
    {
        var isOpen = false;
        try
        {
            var execution = await opening;
            lock (state)
            {
                openSessions++;
                isOpen = true;
            }

            await execution.WaitAsync(broken.Token);
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or IOException or OperationCanceledException or NullReferenceException)
        {
            // Whoever runs it is told; here it only counts that it is over.
        }
        finally
        {
            lock (state)
            {
                sessions--;
                openSessions -= isOpen ? 1 : 0;
            }
        }
    }

    /// <summary>
    /// An abandoned command goes on, unheard, until the host ends it. Its channel stays open as long: it keeps its place among the peer's sessions in any case, and so one sees when that is free again.
    /// </summary>
    private async Task AbandonAsync(SshCommand remote, Task<Task> opening, TimeSpan patience)
    {
        var isTooMany = false;
        lock (state)
        {
            isTooMany = ++abandoned > MostAbandoned;
        }

        if (isTooMany)
        {
            Retire();
        }

        try
        {
            await opening.Unwrap().WaitAsync(patience, timeProvider, broken.Token);
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or IOException or OperationCanceledException or TimeoutException)
        {
            // In any case it is over.
        }
        finally
        {
            lock (state)
            {
                abandoned--;
            }

            _ = threads.Bulk.RunAsync(remote.Dispose);
        }
    }

    private async Task FeedAsync(SshCommand remote, ReadOnlyMemory<byte> input)
    {
        try
        {
            // Writing waits for the peer's window, closing for the connection's buffer.
            await threads.Bulk.RunAsync(() =>
            {
                using var stream = remote.CreateInputStream();
                stream.Write(input.Span);
                stream.Flush();
            });
        }
        catch (Exception exception) when (exception is IOException or SshException or ObjectDisposedException or InvalidOperationException or NullReferenceException)
        {
            // A command that ends without reading its input closes the channel under the writer; its exit status tells the rest.
        }
    }

    private async Task LeaveAtEndAsync(HostChannel channel)
    {
        await channel.Ended.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        lock (state)
        {
            held.Remove(channel);
        }

        CloseWhenDone();
    }

    private async Task WatchPeerAsync()
    {
        using var timer = new PeriodicTimer(settings.LivenessInterval / 2, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(broken.Token))
            {
                bool isUsed;
                lock (state)
                {
                    isUsed = commandsInFlight + held.Count > 0;
                }

                if (isUsed && Silence >= LivenessInterval)
                {
                    await AskAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection was closed: nobody to watch any more.
        }
    }

    /// <summary>Asks the peer for an answer. Without any sign of life the connection is closed. Everybody who wants to know waits for one question.</summary>
    private Task AskAsync()
    {
        lock (state)
        {
            return asking is { IsCompleted: false } ? asking : asking = AskOnceAsync();
        }
    }

    private async Task AskOnceAsync()
    {
        await Task.Yield();
        var patience = LivenessInterval;
        var sign = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref awaitedSign, sign);
        try
        {
            var sending = threads.Prompt.RunAsync(() => SshInternals.AskForAnswer(session));
            await Task.WhenAny(sign.Task, FailureOf(sending)).WaitAsync(patience, timeProvider, broken.Token);
            if (!sign.Task.IsCompleted)
            {
                await sending;
            }
        }
        catch (TimeoutException)
        {
            Close($"the host did not answer for {patience.TotalSeconds:0.#} s");
        }
        catch (OperationCanceledException)
        {
            // The connection was closed meanwhile.
        }
        catch (Exception exception) when (exception is SshException or ObjectDisposedException or InvalidOperationException or IOException or NullReferenceException or System.Net.Sockets.SocketException)
        {
            Close($"the connection broke: {exception.Message}");
        }
        finally
        {
            Volatile.Write(ref awaitedSign, null);
        }
    }

    /// <summary>Completes when a task fails, and never otherwise.</summary>
    private static Task FailureOf(Task task)
    {
        var failure = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = task.ContinueWith(
            failed =>
            {
                _ = failed.Exception;
                failure.TrySetResult();
            },
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return failure.Task;
    }

    private void SignOfLife()
    {
        Volatile.Write(ref lastSignOfLife, timeProvider.GetTimestamp());
        Volatile.Read(ref awaitedSign)?.TrySetResult();
    }

    private bool IsOfConnection(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException
            ? broken.IsCancellationRequested && !cancellationToken.IsCancellationRequested
            : exception is SshException or ObjectDisposedException or InvalidOperationException or IOException;

    /// <summary>What a failure of the library means. While the peer lives it is not the end of the connection, which others use; but nothing new is begun on it.</summary>
    private HostUnreachableException Explain(Exception exception)
    {
        if (exception is OperationCanceledException)
        {
            return new HostUnreachableException(settings.Name, Describe(reasonForClosing), commandMayHaveRun: true);
        }

        if (client.IsConnected && exception is not SshConnectionException)
        {
            Retire();
            _ = AskAsync();
        }
        else
        {
            Close($"the connection broke: {exception.Message}");
        }

        return new HostUnreachableException(settings.Name, Describe(exception.Message), commandMayHaveRun: true, exception);
    }

    /// <summary>Only with the lock taken.</summary>
    private void RefuseWhenOver()
    {
        if (retired || closed)
        {
            throw new HostUnreachableException(settings.Name, Describe(reasonForClosing), commandMayHaveRun: false);
        }
    }

    private void CloseWhenDone()
    {
        bool isDone;
        lock (state)
        {
            lastUse = timeProvider.GetTimestamp();
            isDone = retired && commandsInFlight + held.Count == 0;
        }

        if (isDone)
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
        _ = broken.CancelAsync();
        // Saying goodbye to a frozen peer takes its time; nobody has to wait for that.
        threads.Close(client);
    }

    private string Describe(string reason) => $"{settings.Name} ({settings.Address}): {reason}.";
}
