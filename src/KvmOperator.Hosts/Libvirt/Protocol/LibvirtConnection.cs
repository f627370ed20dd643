using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>
/// Speaks libvirt's own protocol (its sources: <c>virnetprotocol.x</c>, <c>remote_protocol.x</c>) over two streams, such as those of <c>virt-ssh-helper</c>. The procedures are in
/// <see cref="ConnectProcedures"/>, <see cref="DomainProcedures"/> and their like.
/// <para>May be used from any number of tasks at once; at most three calls are on their way, the others wait within their deadline: libvirtd reads nothing more of a client, pings
/// included, that waits for five (its <c>max_client_requests</c>). One of the three places is kept for questions, so that they get past starts and other changes. A call cannot be taken back: cancelling gives up waiting, and the call keeps its place until its answer or its deadline.
/// One call may stay without an answer; with the second one the connection ends.</para>
/// <para>A connection is never opened again. Owns both streams.</para>
/// </summary>
/// <param name="input">What is written reaches libvirt.</param>
/// <param name="output">What is read comes from libvirt.</param>
/// <param name="timeProvider">Clock of all deadlines.</param>
/// <param name="logger">Gets what nobody else is told.</param>
/// <param name="options">How patient it is; null for what suits most.</param>
public sealed class LibvirtConnection(Stream input, Stream output, TimeProvider timeProvider, ILogger logger, LibvirtConnectionOptions? options = null) : IAsyncDisposable
{
    private const int MostAtOnce = 3;
    private const int MostHanging = 1;

    private readonly Lock gate = new();
    private readonly Dictionary<uint, PendingCall> calls = [];
    private readonly SemaphoreSlim places = new(MostAtOnce);
    private readonly SemaphoreSlim longPlaces = new(MostAtOnce - 1);
    private readonly MessageReader messages = new(output);
    private readonly Channel<PendingCall?> outgoing = Channel.CreateUnbounded<PendingCall?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<LibvirtEvent> events = Channel.CreateUnbounded<LibvirtEvent>();
    private readonly TaskCompletionSource<LibvirtClosing> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource ending = new();
    private Task working = Task.CompletedTask;
    private Task keepingAlive = Task.CompletedTask;
    private Task endingStreams = Task.CompletedTask;
    private LibvirtClosing? closing;
    private uint lastSerial;
    private int hanging;
    private bool owesPong;
    private bool owesPing;
    private volatile bool isLeaving;

    /// <summary>
    /// What libvirt tells without being asked, for everything that was registered for. Nothing is lost however late it is read, so somebody has to read. Ends with the connection.
    /// </summary>
    public ChannelReader<LibvirtEvent> Events => events.Reader;

    /// <summary>Completes when the connection is over; never fails.</summary>
    public Task<LibvirtClosing> Closed => closed.Task;

    /// <summary>How patient it is.</summary>
    public LibvirtConnectionOptions Options { get; } = options ?? new LibvirtConnectionOptions();

    /// <summary>All bytes that came from libvirt so far: while the number grows, libvirt lives.</summary>
    public long ReceivedBytes => messages.Received;

    /// <summary>Greets libvirt and opens one of its drivers. To be called once, before everything else.</summary>
    /// <param name="uri">The driver, <c>qemu:///system</c> for KVM.</param>
    /// <param name="cancellationToken">Gives up; the connection is over then.</param>
    /// <exception cref="LibvirtClosedException">The connection ended: libvirt wants to know who we are, or there is none.</exception>
    /// <exception cref="LibvirtDeadlineException">libvirt does not answer.</exception>
    /// <exception cref="LibvirtException">libvirt does not open that driver.</exception>
    public async Task OpenAsync(string uri, CancellationToken cancellationToken)
    {
        working = Task.WhenAll(ReadAsync(), WriteAsync());
        try
        {
            var authentications = await this.ListAuthenticationsAsync(cancellationToken);
            if (authentications.Count > 0 && !authentications.Contains(LibvirtAuthentication.None))
            {
                var wanted = new LibvirtClosing(
                    LibvirtClosingKind.Refused,
                    $"libvirt wants to know who connects ({string.Join(", ", authentications)}): only root is let in without it, so the user of the SSH connection must be root or may run the helper with sudo.");
                Close(wanted);
                throw new LibvirtClosedException(wanted, callMayHaveRun: false);
            }

            var keepsAlive = await this.SupportsFeatureAsync(LibvirtFeature.KeepAlive, cancellationToken);
            await this.OpenDriverAsync(uri, cancellationToken);
            if (keepsAlive)
            {
                keepingAlive = KeepAliveAsync();
            }
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Says good-bye and closes. libvirt that does not answer that is not waited for long; it notices by the end of the stream.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        isLeaving = true;
        try
        {
            await this.CloseDriverAsync(cancellationToken);
        }
        catch (Exception gone) when (gone is LibvirtClosedException or LibvirtDeadlineException or LibvirtException)
        {
            // The helper may end before it has passed the answer on.
            logger.LogDebug("libvirt was left without its good-bye: {Reason}", gone.Message);
        }
        finally
        {
            await DisposeAsync();
        }
    }

    /// <summary>Ends the connection at once.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(new LibvirtClosing(LibvirtClosingKind.Asked, "The connection to libvirt was closed."));
        await closed.Task;
        await Task.WhenAll(working, keepingAlive, endingStreams);
    }

    /// <summary>Calls a procedure.</summary>
    /// <param name="procedure">Which.</param>
    /// <param name="write">Writes its arguments.</param>
    /// <param name="read">Reads its result.</param>
    /// <param name="kind">How long to wait for a place among the calls that are on their way, and as long again for the answer.</param>
    /// <param name="cancellationToken">Gives up waiting; a call that was sent goes on.</param>
    /// <exception cref="LibvirtException">libvirt's answer is an error.</exception>
    /// <exception cref="LibvirtDeadlineException">No answer came in time.</exception>
    /// <exception cref="LibvirtClosedException">The connection is over.</exception>
    /// <exception cref="ArgumentException">libvirt does not take texts or lists as long as these.</exception>
    internal async Task<T> CallAsync<T>(Procedure procedure, Action<XdrWriter> write, Func<XdrReader, T> read, CallKind kind, CancellationToken cancellationToken)
    {
        var deadline = Options.Deadline(kind);
        var isLong = kind is CallKind.Change or CallKind.Start;
        await TakePlaceAsync(procedure, isLong, deadline, cancellationToken);
        PendingAnswer<T> call;
        try
        {
            call = Begin(procedure, write, read, deadline, isLong);
        }
        catch
        {
            Leave(isLong);
            throw;
        }

        call.Timer = timeProvider.CreateTimer(Expire, call, deadline, Timeout.InfiniteTimeSpan);
        outgoing.Writer.TryWrite(call);
        try
        {
            return await call.Answer.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Withdraw(call);
            throw;
        }
    }

    /// <summary>Calls a procedure that has no result. Everything is as with <see cref="CallAsync{T}"/>.</summary>
    internal Task CallAsync(Procedure procedure, Action<XdrWriter> write, CallKind kind, CancellationToken cancellationToken) =>
        CallAsync(procedure, write, static _ => true, kind, cancellationToken);

    private async Task TakePlaceAsync(Procedure procedure, bool isLong, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(deadline, timeProvider);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token, ending.Token);
        var holdsLong = false;
        try
        {
            if (isLong)
            {
                await longPlaces.WaitAsync(all.Token);
                holdsLong = true;
            }

            await places.WaitAsync(all.Token);
        }
        catch (OperationCanceledException)
        {
            if (holdsLong)
            {
                longPlaces.Release();
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw closing is { } over ? new LibvirtClosedException(over, callMayHaveRun: false) : new LibvirtDeadlineException(procedure, deadline, callMayHaveRun: false);
        }
    }

    private PendingAnswer<T> Begin<T>(Procedure procedure, Action<XdrWriter> write, Func<XdrReader, T> read, TimeSpan deadline, bool isLong)
    {
        var arguments = new XdrWriter();
        write(arguments);
        lock (gate)
        {
            if (closing is { } over)
            {
                throw new LibvirtClosedException(over, callMayHaveRun: false);
            }

            var serial = ++lastSerial;
            var header = new MessageHeader(MessageHeader.RemoteProgram, MessageHeader.ProgramVersion, (int)procedure, MessageType.Call, serial, MessageStatus.Good);
            var call = new PendingAnswer<T>(procedure, deadline, read) { Serial = serial, IsLong = isLong, Frame = header.Frame(arguments.Written.Span) };
            calls.Add(serial, call);
            return call;
        }
    }

    /// <summary>The caller waits no more. A call that did not go out never will; any other keeps its place, because libvirt works on it.</summary>
    private void Withdraw(PendingCall call)
    {
        lock (gate)
        {
            if (call.IsSent || !calls.Remove(call.Serial))
            {
                return;
            }
        }

        Leave(call);
    }

    /// <summary>The time of a call is over.</summary>
    private void Expire(object? state)
    {
        var call = (PendingCall)state!;
        bool tooMany;
        lock (gate)
        {
            if (!calls.ContainsKey(call.Serial))
            {
                return;
            }

            if (call.IsSent)
            {
                call.Hangs = true;
                hanging++;
            }
            else
            {
                calls.Remove(call.Serial);
            }

            tooMany = hanging > MostHanging;
        }

        Leave(call);
        call.Fail(new LibvirtDeadlineException(call.Procedure, call.Deadline, call.IsSent));
        logger.LogWarning("libvirt did not answer {Procedure} within {Deadline}", call.Procedure, call.Deadline);
        if (tooMany)
        {
            Close(new LibvirtClosing(LibvirtClosingKind.Hangs, $"libvirt hangs: it left {MostHanging + 1} calls without an answer, {call.Procedure} the last."));
        }
    }

    private void Leave(PendingCall call)
    {
        call.Timer?.Dispose();
        Leave(call.IsLong);
    }

    private void Leave(bool isLong)
    {
        places.Release();
        if (isLong)
        {
            longPlaces.Release();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var call in outgoing.Reader.ReadAllAsync(ending.Token))
            {
                foreach (var frame in call is null ? NextKeepAlives() : NextCall(call))
                {
                    await input.WriteAsync(frame, ending.Token);
                }

                await input.FlushAsync(ending.Token);
            }
        }
        catch (Exception failure)
        {
            // Whatever a stream throws, and the wish to end: without it nothing works.
            Close(Lost(failure));
        }
    }

    private IEnumerable<byte[]> NextCall(PendingCall call)
    {
        lock (gate)
        {
            call.IsSent = calls.ContainsKey(call.Serial);
        }

        return call.IsSent ? [call.Frame] : [];
    }

    private IEnumerable<byte[]> NextKeepAlives()
    {
        lock (gate)
        {
            IEnumerable<int> owed = [.. owesPong ? [MessageHeader.Pong] : Array.Empty<int>(), .. owesPing ? [MessageHeader.Ping] : Array.Empty<int>()];
            (owesPong, owesPing) = (false, false);
            return owed.Select(procedure =>
                new MessageHeader(MessageHeader.KeepAliveProgram, MessageHeader.ProgramVersion, procedure, MessageType.Message, 0, MessageStatus.Good).Frame([]));
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await messages.ReadAsync(ending.Token) is { } message)
            {
                Dispatch(new XdrReader(message));
            }

            Close(Lost(null));
        }
        catch (LibvirtProtocolException malformed)
        {
            Close(new LibvirtClosing(LibvirtClosingKind.Malformed, $"What came is not libvirt's protocol: {malformed.Message}") { Cause = malformed });
        }
        catch (Exception failure)
        {
            Close(Lost(failure));
        }
    }

    private void Dispatch(XdrReader reader)
    {
        var header = MessageHeader.Read(reader);
        switch (header)
        {
            case { Program: MessageHeader.KeepAliveProgram, Version: MessageHeader.ProgramVersion }:
                if (header.Procedure == MessageHeader.Ping)
                {
                    Owe(ping: false);
                }

                break;
            case { Program: MessageHeader.RemoteProgram, Version: MessageHeader.ProgramVersion, Type: MessageType.Reply }:
                Answer(header, reader);
                break;
            case { Program: MessageHeader.RemoteProgram, Version: MessageHeader.ProgramVersion, Type: MessageType.Message }:
                if (LibvirtEvent.Read((Procedure)header.Procedure, reader) is { } happened)
                {
                    events.Writer.TryWrite(happened);
                }

                break;
            default:
                throw new LibvirtProtocolException($"Nobody expects {header}.");
        }
    }

    private void Answer(MessageHeader header, XdrReader reader)
    {
        PendingCall? call;
        lock (gate)
        {
            if (closing is not null)
            {
                return;
            }

            if (!calls.TryGetValue(header.Serial, out call) || !call.IsSent || (int)call.Procedure != header.Procedure)
            {
                throw new LibvirtProtocolException($"Nobody made the call that {header} answers.");
            }

            calls.Remove(header.Serial);
            if (call.Hangs)
            {
                hanging--;
            }
        }

        if (call.Hangs)
        {
            logger.LogDebug("libvirt answered {Procedure} after all", call.Procedure);
            return;
        }

        Leave(call);
        try
        {
            switch (header.Status)
            {
                case MessageStatus.Good:
                    call.Complete(reader);
                    break;
                case MessageStatus.Error:
                    call.Fail(LibvirtException.Read(reader));
                    break;
                default:
                    throw new LibvirtProtocolException($"No call ends with {header.Status}.");
            }
        }
        catch (LibvirtProtocolException malformed)
        {
            var reason = new LibvirtClosing(LibvirtClosingKind.Malformed, $"libvirt's answer to {call.Procedure} is malformed: {malformed.Message}") { Cause = malformed };
            call.Fail(new LibvirtClosedException(reason, callMayHaveRun: true));
            Close(reason);
        }
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Options.KeepAliveInterval, timeProvider);
            var (seen, unanswered) = (messages.Received, 0);
            while (await timer.WaitForNextTickAsync(ending.Token))
            {
                var patience = Options.KeepAliveCount * Options.PaceOfAnswers;
                if (messages.Received is var received && received != seen)
                {
                    (seen, unanswered) = (received, 0);
                    continue;
                }

                if (unanswered++ >= patience)
                {
                    Close(new LibvirtClosing(
                        LibvirtClosingKind.Hangs,
                        $"libvirt hangs: not a byte came from it for {unanswered * Options.KeepAliveInterval.TotalSeconds:0} s, though it was pinged {unanswered - 1} times."));
                    return;
                }

                Owe(ping: true);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
    }

    /// <summary>Has one half of a keepalive sent. However often it is asked for, only one of each waits to go out.</summary>
    private void Owe(bool ping)
    {
        lock (gate)
        {
            var owed = ping ? owesPing : owesPong;
            (owesPing, owesPong) = (owesPing || ping, owesPong || !ping);
            if (owed)
            {
                return;
            }
        }

        outgoing.Writer.TryWrite(null);
    }

    private LibvirtClosing Lost(Exception? failure) => isLeaving
        ? new LibvirtClosing(LibvirtClosingKind.Asked, "The connection to libvirt was closed.")
        : new LibvirtClosing(LibvirtClosingKind.StreamEnded, failure is null or EndOfStreamException ? "libvirt closed the connection." : $"The connection to libvirt broke: {failure.Message}")
        {
            Cause = failure,
        };

    /// <summary>The first reason is the one that counts.</summary>
    private void Close(LibvirtClosing reason)
    {
        List<PendingCall> waiting;
        lock (gate)
        {
            if (closing is not null)
            {
                return;
            }

            closing = reason;
            waiting = [.. calls.Values];
            calls.Clear();
        }

        // Whoever waits for that goes on by itself: none of it may run here.
        _ = ending.CancelAsync();
        outgoing.Writer.TryComplete();
        foreach (var call in waiting)
        {
            call.Timer?.Dispose();
            call.Fail(new LibvirtClosedException(reason, call.IsSent));
        }

        events.Writer.TryComplete();
        endingStreams = EndStreamsAsync();
        logger.LogDebug("The connection to libvirt is over: {Reason}", reason.Reason);
        closed.TrySetResult(reason);
    }

    /// <summary>A read or a write that heeds no cancellation ends with its stream.</summary>
    private async Task EndStreamsAsync()
    {
        foreach (var stream in (Stream[])[input, output])
        {
            try
            {
                await stream.DisposeAsync();
            }
            catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
            {
                logger.LogDebug("A stream to libvirt ended badly: {Reason}", failure.Message);
            }
        }
    }
}
