using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>
/// Something that is done because of a failure, as data. Each may be done again, may be done without anybody hearing of it, and may be done late: what it names (the failure's id, the leader's epoch) lets machines and the API
/// server refuse it then.
/// </summary>
/// <param name="FailoverId">The failure.</param>
/// <param name="Epoch">The leader that wants it.</param>
public abstract record FailoverEffect(string FailoverId, long Epoch)
{
    private FailoverEffect(string failoverId, long epoch, string key)
        : this(failoverId, epoch) => Key = key;

    /// <summary>What it is about. Of two with the same key only the first is sent, nothing is sent while one is under way, and a new try waits for the back-off of the last.</summary>
    public string Key { get; } = string.Empty;

    /// <summary>Writes the record of a host's failure, if the object is as it was read.</summary>
    /// <param name="Host">The host.</param>
    /// <param name="Record">What is written; null when the failure is over.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record RecordHost(string Host, FailoverRecord? Record, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, KeyOf(Host))
    {
        /// <summary>The key of writes to a host.</summary>
        public static string KeyOf(string host) => $"record host {host}";
    }

    /// <summary>Writes where a guest is, and what is known of its start there, if the object is as it was read.</summary>
    /// <param name="Guest">The guest.</param>
    /// <param name="Host">Where it is from now on.</param>
    /// <param name="Recovery">What is written; null when it is not started elsewhere after all.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record RecordGuest(string Guest, string Host, GuestRecovery? Recovery, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"record guest {Guest}");

    /// <summary>Has a storage server shut the host out.</summary>
    /// <param name="Fence">What is asked.</param>
    public sealed record FenceStorage(StorageFence Fence) : FailoverEffect(Fence.FailoverId, Fence.Epoch, $"storage {Fence.Server} {Fence.Host}");

    /// <summary>Has a storage server read again that the host is shut out. Changes nothing.</summary>
    /// <param name="Fence">What is compared.</param>
    public sealed record VerifyStorage(StorageFence Fence) : FailoverEffect(Fence.FailoverId, Fence.Epoch, $"storage {Fence.Server} {Fence.Host}");

    /// <summary>Takes the fence away. The server refuses it for another failure than the one that it is marked with.</summary>
    /// <param name="Fence">Which.</param>
    public sealed record UnfenceStorage(StorageFence Fence) : FailoverEffect(Fence.FailoverId, Fence.Epoch, $"storage {Fence.Server} {Fence.Host}");

    /// <summary>Has the management controller switch the machine off, and confirm that. A machine that is off already is a success.</summary>
    /// <param name="Host">The host.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record PowerOff(string Host, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"power {Host}");

    /// <summary>Takes the failed host's key out of a peer, so that a move that it goes on with ends there.</summary>
    /// <param name="Peer">The peer.</param>
    /// <param name="Host">The host that is let in no more.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record ForgetKey(string Peer, string Host, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"key {Host} on {Peer}");

    /// <summary>Ends a move with the failed host: the half that arrived is destroyed, or the source, which lives, is told to go on by itself.</summary>
    /// <param name="Move">The move.</param>
    /// <param name="On">Where it is ended: the end that lives.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record EndMove(FailoverMove Move, string On, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"move {Move.Guest} on {On}");

    /// <summary>Makes a guest from its kept definition. Does not start it.</summary>
    /// <param name="Guest">The guest.</param>
    /// <param name="On">Where.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record Define(string Guest, string On, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"guest {Guest} on {On}");

    /// <summary>Starts a guest that is defined there. QEMU's lock may refuse it; then the proof was none.</summary>
    /// <param name="Guest">The guest.</param>
    /// <param name="On">Where.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record Start(string Guest, string On, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, KeyOf(Guest, On))
    {
        /// <summary>The key of a start.</summary>
        public static string KeyOf(string guest, string on) => $"guest {guest} on {on}";
    }

    /// <summary>Destroys the operator's domains on a host that was shut out, and waits until their processes are gone.</summary>
    /// <param name="Host">The host.</param>
    /// <param name="Guests">Whose.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record DestroyStale(string Host, IReadOnlyList<string> Guests, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"clean {Host}");

    /// <summary>
    /// Cleans a host that was shut out: no domain of ours and no durable job of ours runs, saved states and definitions are gone, the stores are unmounted, not lazily, and no process names a guest of ours.
    /// Succeeds with the host's boot id, and only if all of that was seen.
    /// </summary>
    /// <param name="Host">The host.</param>
    /// <param name="FailoverId">The failure.</param>
    /// <param name="Epoch">The leader.</param>
    public sealed record Clean(string Host, string FailoverId, long Epoch) : FailoverEffect(FailoverId, Epoch, $"clean {Host}");
}
