using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Watch;

/// <summary>
/// Listens to one host over two held channels, its beat and its libvirt, and opens each again when it ended. What is known is composed on request from what was heard last;
/// libvirt, which answers from its memory, is asked at that moment.
/// </summary>
internal sealed class HostWatch : IMachineWatch
{
    /// <summary>A beat comes each second. What was silent for longer says nothing about now.</summary>
    private static readonly TimeSpan BeatLifetime = TimeSpan.FromSeconds(5);

    /// <summary>How long a question waits for channels that are being opened.</summary>
    private static readonly TimeSpan OpeningPatience = TimeSpan.FromSeconds(10);

    /// <summary>A store is probed every four seconds; this is how long its answer may take at the usual pace.</summary>
    private static readonly TimeSpan UsualStorePatience = TimeSpan.FromSeconds(9);

    private readonly string name;
    private readonly HostTold told;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly ChannelKeeper channels;
    private readonly Lock gate = new();
    private TaskCompletionSource pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<string> mountPaths = [];
    private BeatReader? beat;
    private DomainWatch? domains;
    private LibvirtSilence? libvirtSilence;
    private LastBeat? ended;
    private bool hasNoProtocol;
    private bool hasNoBeat;
    private bool hasNoLibvirt;

    public HostWatch(string name, HostTold told, TimeProvider clock, ILogger logger)
    {
        this.name = name;
        this.told = told;
        this.clock = clock;
        this.logger = logger;
        channels = new ChannelKeeper(name, Pulse, clock, logger, ("beat", ListenAsync), ("libvirt", FollowLibvirtAsync));
    }

    /// <summary>How long ago the last beat came, over whichever channel; null when none ever did.</summary>
    public TimeSpan? Silence
    {
        get
        {
            var last = Volatile.Read(ref ended);
            return beat is { Latest: not null } reader ? reader.Silence : last is null ? null : last.Silence + clock.GetElapsedTime(last.Time);
        }
    }

    /// <inheritdoc/>
    public void Use(IHostShell current) => channels.Use(current);

    /// <summary>Everything that is watched, as it is now. null when the host cannot be listened to, so that a script has to look.</summary>
    public async Task<HostObservation?> ObserveAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!paths.SequenceEqual(mountPaths, StringComparer.Ordinal))
            {
                mountPaths = [.. paths];
            }
        }

        if (beat is { } reader)
        {
            await TellStoresAsync(reader, cancellationToken);
        }

        await UntilHeardAsync(cancellationToken);
        if (hasNoProtocol || Heard() is not { } heard)
        {
            return null;
        }

        if (domains is not { } watch)
        {
            return Compose(heard, null, libvirtSilence ?? new LibvirtSilence("it is being connected to", Hangs: false));
        }

        try
        {
            return Compose(heard, await watch.RefreshAsync(cancellationToken), null);
        }
        catch (Exception exception) when (LibvirtSilence.Of(exception) is { } silence)
        {
            return Compose(heard, null, silence);
        }
    }

    public ValueTask DisposeAsync() => channels.DisposeAsync();

    /// <summary>Waits for channels that are being opened, and for the first answer of each store.</summary>
    private async Task UntilHeardAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var patience = OpeningPatience * channels.Pace;
        while (!IsHeard() && patience - clock.GetElapsedTime(began) is var rest && rest > TimeSpan.Zero)
        {
            Task changed;
            lock (gate)
            {
                changed = pulse.Task;
            }

            if (IsHeard())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(rest, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    /// <summary>A libvirt to which no connection could be made is not waited for at each look.</summary>
    private bool IsHeard() =>
        hasNoProtocol || hasNoBeat || channels.IsAway || ((domains is not null || hasNoLibvirt) && Heard() is not null && beat is { } reader && mountPaths.All(path => Store(reader, path) is not null));

    /// <summary>The latest beat; null when it says nothing about now.</summary>
    private HostBeat? Heard() => beat is { Latest: { } latest } reader && reader.Silence < BeatLifetime * channels.Pace ? latest : null;

    private StoreProbe? Store(BeatReader reader, string path) => reader.Find(path, UsualStorePatience * channels.Pace);

    private HostObservation Compose(HostBeat heard, IReadOnlyList<DomainObservation>? seen, LibvirtSilence? silence) => new(
        heard.BootId,
        heard.Processors,
        heard.CpuTimes,
        heard.LoadAverage,
        heard.Pressure,
        heard.MemoryBytes,
        heard.AvailableMemoryBytes,
        seen is not null,
        seen ?? [],
        [.. mountPaths.Select(path => (beat is { } reader ? Store(reader, path) : null) ?? StoreProbe.Silent(path))])
    {
        HugePagesBytes = heard.HugePagesBytes,
        Bridges = heard.Bridges,
        Networks = domains?.Networks,
        LibvirtAccess = LibvirtAccess.Protocol,
        LibvirtProblem = silence?.Reason ?? string.Empty,
        LibvirtHangs = silence is { Hangs: true },
        FilesChanged = beat?.FilesChanged,
    };

    private async Task ListenAsync(IHostShell host, CancellationToken cancellationToken)
    {
        await using var channel = await host.OpenAsync(BeatCommands.Host, cancellationToken);
        channels.Opened();
        using var reader = new BeatReader(channel.Input, channel.Output, clock);
        await reader.ProbeAsync(mountPaths, cancellationToken);
        beat = reader;
        try
        {
            await reader.ReadAsync(
                () =>
                {
                    hasNoBeat = false;
                    Pulse();
                },
                cancellationToken);
            hasNoBeat = (await channel.Ended).ExitStatus == HeldCommands.MissingStatus;
        }
        finally
        {
            Volatile.Write(ref ended, reader.Latest is null ? ended : new LastBeat(clock.GetTimestamp(), reader.Silence));
            beat = null;
        }
    }

    private async Task FollowLibvirtAsync(IHostShell host, CancellationToken cancellationToken)
    {
        await using var channel = await host.OpenAsync(HeldCommands.Libvirt, cancellationToken);
        channels.Opened();
        await using var connection = new LibvirtConnection(channel.Input, channel.Output, clock, logger, HeldCommands.Patience(host));
        try
        {
            await connection.OpenAsync(HeldCommands.LibvirtUri, cancellationToken);
            using var watch = new DomainWatch(connection, clock);
            await watch.OpenAsync(cancellationToken);
            (hasNoProtocol, hasNoLibvirt, libvirtSilence, domains) = (false, false, null, watch);
            Pulse();
            while (await watch.NextAsync(cancellationToken))
            {
                await TellAsync(watch, cancellationToken);
            }

            libvirtSilence = LibvirtSilence.Of(await connection.Closed);
        }
        catch (Exception exception) when (LibvirtSilence.Of(exception) is { } silence)
        {
            // A helper that is there and fails is libvirt's trouble. One that is missing is a host that is asked by commands.
            hasNoProtocol = await HeldCommands.IsMissingAsync(channel, clock, cancellationToken);
            libvirtSilence = silence;
            hasNoLibvirt = domains is null;
            throw;
        }
        finally
        {
            domains = null;
        }
    }

    private async Task TellAsync(DomainWatch watch, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        IReadOnlyList<DomainObservation> seen;
        try
        {
            seen = await watch.RefreshAsync(cancellationToken);
        }
        catch (Exception exception) when (LibvirtSilence.Of(exception) is { } silence)
        {
            // What was told is asked again with the next event, or by the next look; a connection that ended says so by itself.
            logger.LogDebug("{Host} told of a domain and did not say more: {Reason}", name, silence.Reason);
            return;
        }

        if (Heard() is { } heard)
        {
            told(name, Compose(heard, seen, null), began);
        }
    }

    private async Task TellStoresAsync(BeatReader reader, CancellationToken cancellationToken)
    {
        try
        {
            await reader.ProbeAsync(mountPaths, cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The channel has ended, and the next one is told when it begins.
        }
    }

    private void Pulse()
    {
        TaskCompletionSource before;
        lock (gate)
        {
            before = pulse;
            pulse = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.TrySetResult();
    }

    /// <summary>What was known of the beats when their channel ended.</summary>
    /// <param name="Time">When it ended.</param>
    /// <param name="Silence">How long ago the last one was then.</param>
    private sealed record LastBeat(long Time, TimeSpan Silence);
}
