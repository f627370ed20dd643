using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Watch;

/// <summary>Listens to hosts, and looks by a script at one that cannot be listened to.</summary>
internal sealed class HeldHostObserver : IHostObserver, IAsyncDisposable
{
    private readonly MachineWatches<HostWatch> watches;
    private HostTold listener = (_, _, _) => { };

    public HeldHostObserver(TimeProvider clock, ILogger<HeldHostObserver> logger) =>
        watches = new MachineWatches<HostWatch>(name => new HostWatch(name, (host, seen, began) => listener(host, seen, began), clock, logger));

    /// <inheritdoc/>
    public async Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        return await watches.Of(host.Name, host).ObserveAsync(mountPaths, cancellationToken) ?? await HostLook.ObserveAsync(host, mountPaths, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => HostLook.ReadFactsAsync(host, cancellationToken);

    /// <inheritdoc/>
    public void Listen(HostTold told) => listener = told;

    /// <inheritdoc/>
    public TimeSpan? Silence(string host) => watches.Find(host)?.Silence;

    /// <inheritdoc/>
    public ValueTask ForgetAsync(string host) => watches.ForgetAsync(host);

    public ValueTask DisposeAsync() => watches.DisposeAsync();
}
