using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Failover;

/// <summary>
/// All that is seen and done on machines because of a failure. Whatever is done may be repeated; each command carries the leader's epoch, so that a machine refuses it after another leader was there. What cannot be done, or of which
/// nothing is heard, throws a <c>HostException</c> or a <c>MachineUnavailableException</c>: then it may have been done, and nothing is proven.
/// </summary>
internal interface IFailoverMachines
{
    /// <summary>How long ago a host last gave a sign of life over its held channel; null when it never did to this process. Waits for nothing.</summary>
    TimeSpan? Silence(string host);

    /// <summary>Whether a host answers a connection that is made now, within a second.</summary>
    Task<bool> AnswersAsync(KvmHost host, CancellationToken cancellationToken);

    /// <summary>The same of the machine that serves a store.</summary>
    Task<bool> AnswersAsync(NfsStore server, CancellationToken cancellationToken);

    /// <summary>Has a peer look whether a host gives any sign of life.</summary>
    Task<HostProbe> LookAsync(KvmHost vantage, KvmHost host, int tries, CancellationToken cancellationToken);

    /// <summary>Has the machine that serves a store look whether a host gives any sign of life.</summary>
    Task<HostProbe> LookAsync(NfsStore vantage, KvmHost host, int tries, CancellationToken cancellationToken);

    /// <summary>What the machine that serves a store says of itself, and how long ago; null while it is not heard. Waits for nothing.</summary>
    (ServerBeat Beat, TimeSpan Age)? Hear(NfsStore server);

    /// <summary>What a proof by the machine that serves a store would depend on.</summary>
    Task<ServerFacts> ReadFactsAsync(NfsStore server, CancellationToken cancellationToken);

    /// <summary>Has it shut a host out.</summary>
    Task<StorageFenceReading> FenceAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken);

    /// <summary>Has it read again whether a host is shut out.</summary>
    Task<StorageFenceReading> VerifyAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken);

    /// <summary>Has it let a host in again.</summary>
    Task UnfenceAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken);

    /// <summary>Has a peer let a failed host in no longer.</summary>
    Task ForgetKeyAsync(KvmHost peer, string host, CancellationToken cancellationToken);

    /// <summary>Gives a move up at its source, where the guest then runs on.</summary>
    /// <returns>False when it is in post-copy: then nothing is given up.</returns>
    Task<bool> AbortMoveAsync(KvmHost source, DomainIdentity guest, CancellationToken cancellationToken);

    /// <summary>Ends the half of a guest that arrived, if it still stands still there: a guest that runs is left alone.</summary>
    /// <returns>False when it runs.</returns>
    Task<bool> EndArrivalAsync(KvmHost target, DomainIdentity guest, CancellationToken cancellationToken);

    /// <summary>What is kept of a guest, read by a host; null for nothing.</summary>
    Task<KeptGuest?> ReadKeptAsync(KvmHost host, string folder, CancellationToken cancellationToken);

    /// <summary>Defines a guest as it was kept, with the copy of its TPM's state where there is one.</summary>
    /// <param name="host">Where.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="definition">Its definition.</param>
    /// <param name="tpmFolder">Where the copy of its TPM's state is; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task DefineAsync(KvmHost host, DomainIdentity guest, KeptDefinition definition, string? tpmFolder, CancellationToken cancellationToken);

    /// <summary>Looks at a host now, so that everybody knows what is there.</summary>
    Task ObserveAsync(KvmHost host, CancellationToken cancellationToken);

    /// <summary>The state of a guest on a host at this moment; null when it is not there.</summary>
    Task<DomainState?> ReadStateAsync(KvmHost host, DomainIdentity guest, CancellationToken cancellationToken);

    /// <summary>Starts a guest that is defined there.</summary>
    Task StartAsync(KvmHost host, DomainIdentity guest, CancellationToken cancellationToken);

    /// <summary>Ends the operator's guests on a host that was shut out.</summary>
    Task DestroyAsync(KvmHost host, CancellationToken cancellationToken);

    /// <summary>Cleans a host that was shut out.</summary>
    /// <returns>The boot in which nothing is left there.</returns>
    Task<string> CleanAsync(KvmHost host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken);
}
