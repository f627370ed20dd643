using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Connections;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;

namespace KvmOperator.Failover;

/// <inheritdoc/>
internal sealed class FailoverMachines(
    MachineConnections connections,
    IHostObserver observer,
    IHostProbes probes,
    IServerBeats beats,
    IStorageFencing fencing,
    IHostCleaning cleaning,
    IPeerKeys keys,
    IMigrations migrations,
    IDomains domains,
    IKeptGuests kept,
    HostObservations observations) : IFailoverMachines
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public TimeSpan? Silence(string host) => observer.Silence(host);

    /// <inheritdoc/>
    public Task<bool> AnswersAsync(KvmHost host, CancellationToken cancellationToken) => AnswersAsync(host.Spec.Address, host.Spec.Ssh, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AnswersAsync(NfsStore server, CancellationToken cancellationToken) => AnswersAsync(server.Spec.Server.Address, server.Spec.Server.Ssh!, cancellationToken);

    /// <inheritdoc/>
    public async Task<HostProbe> LookAsync(KvmHost vantage, KvmHost host, int tries, CancellationToken cancellationToken) =>
        await probes.LookAsync(await connections.ShellAsync(vantage, cancellationToken), PoolPeers.Addresses(host.Spec), tries, cancellationToken);

    /// <inheritdoc/>
    public async Task<HostProbe> LookAsync(NfsStore vantage, KvmHost host, int tries, CancellationToken cancellationToken) =>
        await probes.LookAsync(await connections.ShellAsync(vantage, cancellationToken), PoolPeers.Addresses(host.Spec), tries, cancellationToken);

    /// <inheritdoc/>
    public (ServerBeat Beat, TimeSpan Age)? Hear(NfsStore server)
    {
        try
        {
            // Finding a shell connects nothing and waits for nobody.
            var shell = connections.ShellAsync(server, CancellationToken.None);
            return shell.IsCompletedSuccessfully && beats.Hear(server.Name(), shell.Result) is { } beat && beats.Silence(server.Name()) is { } age ? (beat, age) : null;
        }
        catch (CredentialsMissingException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<ServerFacts> ReadFactsAsync(NfsStore server, CancellationToken cancellationToken) => await fencing.ReadFactsAsync(await connections.ShellAsync(server, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<StorageFenceReading> FenceAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken) =>
        await fencing.FenceAsync(await connections.ShellAsync(server, cancellationToken), order, cancellationToken);

    /// <inheritdoc/>
    public async Task<StorageFenceReading> VerifyAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken) =>
        await fencing.VerifyAsync(await connections.ShellAsync(server, cancellationToken), order, cancellationToken);

    /// <inheritdoc/>
    public async Task UnfenceAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken) =>
        await fencing.UnfenceAsync(await connections.ShellAsync(server, cancellationToken), order, cancellationToken);

    /// <inheritdoc/>
    public async Task ForgetKeyAsync(KvmHost peer, string host, CancellationToken cancellationToken) => await keys.ForgetAsync(await connections.ShellAsync(peer, cancellationToken), host, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> AbortMoveAsync(KvmHost source, DomainIdentity guest, CancellationToken cancellationToken) =>
        await migrations.AbortAsync(await connections.ShellAsync(source, cancellationToken), guest, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> EndArrivalAsync(KvmHost target, DomainIdentity guest, CancellationToken cancellationToken)
    {
        var shell = await connections.ShellAsync(target, cancellationToken);
        switch (await domains.ReadStateAsync(shell, guest, cancellationToken))
        {
            case null:
                return true;
            case DomainState.Paused:
                await domains.UndefineAsync(shell, guest, cancellationToken);
                return true;
            default:
                return await domains.UndefineStoppedAsync(shell, guest, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<KeptGuest?> ReadKeptAsync(KvmHost host, string folder, CancellationToken cancellationToken) => await kept.ReadAsync(await connections.ShellAsync(host, cancellationToken), folder, cancellationToken);

    /// <inheritdoc/>
    public async Task DefineAsync(KvmHost host, DomainIdentity guest, KeptDefinition definition, string? tpmFolder, CancellationToken cancellationToken)
    {
        var shell = await connections.ShellAsync(host, cancellationToken);
        if (tpmFolder is not null)
        {
            await kept.RestoreTpmAsync(shell, tpmFolder, guest.Uuid, cancellationToken);
        }

        await domains.DefineAsync(shell, guest, definition.Xml, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ObserveAsync(KvmHost host, CancellationToken cancellationToken) => await observations.LookAsync(host.Name(), await connections.ShellAsync(host, cancellationToken), null, cancellationToken);

    /// <inheritdoc/>
    public async Task<DomainState?> ReadStateAsync(KvmHost host, DomainIdentity guest, CancellationToken cancellationToken) =>
        await domains.ReadStateAsync(await connections.ShellAsync(host, cancellationToken), guest, cancellationToken);

    /// <inheritdoc/>
    public async Task StartAsync(KvmHost host, DomainIdentity guest, CancellationToken cancellationToken) => await domains.StartAsync(await connections.ShellAsync(host, cancellationToken), guest, cancellationToken);

    /// <inheritdoc/>
    public async Task DestroyAsync(KvmHost host, CancellationToken cancellationToken) => await cleaning.DestroyAsync(await connections.ShellAsync(host, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<string> CleanAsync(KvmHost host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) =>
        await cleaning.CleanAsync(await connections.ShellAsync(host, cancellationToken), mountPaths, cancellationToken);

    /// <summary>Behind spec.ssh.host something else may refuse a connection in the machine's name.</summary>
    private Task<bool> AnswersAsync(string address, HostSsh ssh, CancellationToken cancellationToken) =>
        probes.AnswersAsync(ssh.Host ?? address, ssh.Port, ssh.Host is null || ssh.Host == address, ConnectLimit, cancellationToken);
}
