using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Watch;

/// <summary>Listens to one server of a store over a held channel, and tells when it begins or ceases to be heard and when what it serves is something else.</summary>
internal sealed class ServerWatch : IMachineWatch
{
    /// <summary>A beat comes every two seconds. What was silent for longer says nothing about now.</summary>
    private static readonly TimeSpan BeatLifetime = TimeSpan.FromSeconds(8);

    /// <summary>How often a server that fell silent is listened for: nobody tells that it is back with the same words.</summary>
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(2);

    /// <summary>A server on which the script does not run, as one without bash, may be given what it lacks.</summary>
    private static readonly TimeSpan UnfitFor = TimeSpan.FromMinutes(5);

    private readonly string name;
    private readonly ServerTold told;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly ChannelKeeper channel;
    private readonly Lock gate = new();
    private volatile ServerBeatReader? beats;
    private ServerBeat? before;

    public ServerWatch(string name, ServerTold told, TimeProvider clock, ILogger logger)
    {
        this.name = name;
        this.told = told;
        this.clock = clock;
        this.logger = logger;
        channel = new ChannelKeeper(name, Judge, clock, logger, ("server beat", ListenAsync));
    }

    /// <summary>The latest beat; null when it says nothing about now.</summary>
    public ServerBeat? Heard => beats is { Latest: { } latest } reader && reader.Silence < Lifetime() ? latest : null;

    /// <summary>How old that beat is; null when there is none.</summary>
    public TimeSpan? Silence => beats is { Latest: not null } reader && reader.Silence < Lifetime() ? reader.Silence : null;

    /// <inheritdoc/>
    public void Use(IHostShell current) => channel.Use(current);

    public ValueTask DisposeAsync() => channel.DisposeAsync();

    /// <summary>Who has a lease changes with every mount, and is read by whoever wants to know.</summary>
    private static bool IsNews(ServerBeat? before, ServerBeat? now) =>
        before?.BootId != now?.BootId || before?.IsServing != now?.IsServing || !ReferenceEquals(before?.Exports, now?.Exports);

    private TimeSpan Lifetime() => BeatLifetime * channel.Pace;

    private async Task ListenAsync(IHostShell server, CancellationToken cancellationToken)
    {
        await using var held = await server.OpenAsync(BeatCommands.Server, cancellationToken);
        channel.Opened();
        using var reader = new ServerBeatReader(held.Input, held.Output, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timing = TimeAsync(reader, over.Token);
        beats = reader;
        try
        {
            await reader.ReadAsync(Judge, cancellationToken);
        }
        finally
        {
            beats = null;
            await over.CancelAsync();
            await timing;
        }

        if (reader.Latest is null && await HeldCommands.EndAsync(held, clock, cancellationToken) is { } end)
        {
            await RestAsync(end, cancellationToken);
        }
    }

    /// <summary>Waits long when the script does not run there. A leader that is refused is none: that may be over soon.</summary>
    private async Task RestAsync(CommandResult end, CancellationToken cancellationToken)
    {
        HostEpoch.ThrowIfRefused(name, end);
        if (end.ExitStatus is { } status and not 0)
        {
            logger.LogDebug("{Server} cannot be listened to and is asked by commands: the script ended with status {Status}", name, status);
            await Task.Delay(UnfitFor, clock, cancellationToken);
        }
    }

    /// <summary>Notices by the clock that beats stopped, and that they came again.</summary>
    private async Task TimeAsync(ServerBeatReader reader, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var rest = Lifetime() - reader.Silence;
                await Task.Delay(rest > TimeSpan.Zero ? rest : Rhythm, clock, cancellationToken);
                Judge();
            }
        }
        catch (OperationCanceledException)
        {
            // The channel's end is told by itself.
        }
    }

    /// <summary>Tells when there is news.</summary>
    private void Judge()
    {
        lock (gate)
        {
            var now = Heard;
            if (!IsNews(before, now))
            {
                return;
            }

            before = now;
        }

        told(name);
    }
}
