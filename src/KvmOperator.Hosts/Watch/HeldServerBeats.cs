using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Watch;

/// <summary>Holds a channel to each server of a store that is asked for.</summary>
internal sealed class HeldServerBeats : IServerBeats, IAsyncDisposable
{
    private readonly MachineWatches<ServerWatch> watches;
    private ServerTold listener = _ => { };

    public HeldServerBeats(TimeProvider clock, ILogger<HeldServerBeats> logger) =>
        watches = new MachineWatches<ServerWatch>(name => new ServerWatch(name, server => listener(server), clock, logger));

    /// <inheritdoc/>
    public ServerBeat? Hear(string name, IHostShell server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return watches.Of(name, server).Heard;
    }

    /// <inheritdoc/>
    public TimeSpan? Silence(string name) => watches.Find(name)?.Silence;

    /// <inheritdoc/>
    public void Listen(ServerTold told) => listener = told;

    /// <inheritdoc/>
    public ValueTask ForgetAsync(string name) => watches.ForgetAsync(name);

    public ValueTask DisposeAsync() => watches.DisposeAsync();
}
