using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Hosts.Watch;

/// <summary>
/// The domains of one host as its libvirt tells them over one connection: listed when the connection is made, and again whenever an event says that something changed. Events only
/// wake: what they said is asked again, so one that is lost costs time and nothing else.
/// </summary>
internal sealed class DomainWatch(LibvirtConnection connection, TimeProvider clock) : IDisposable
{
    /// <summary>Definitions are read when they changed. What changed without a word is found after this time.</summary>
    private static readonly TimeSpan DefinitionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A guest gets its address within seconds of its start, and seldom another one later.</summary>
    private static readonly TimeSpan AddressExpected = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AddressLifetime = TimeSpan.FromMinutes(1);

    /// <summary>Networks are made, and switched on and off, seldom.</summary>
    private static readonly TimeSpan NetworkLifetime = TimeSpan.FromSeconds(30);

    /// <summary>What is told of all domains at once.</summary>
    private const DomainStatsTypes Figures = DomainStatsTypes.State | DomainStatsTypes.CpuTotal | DomainStatsTypes.Balloon | DomainStatsTypes.Vcpu;

    /// <summary>How long calls that libvirt took from somebody else are waited for, and how often they are looked for meanwhile.</summary>
    private static readonly TimeSpan BusyPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim refreshing = new(1);
    private readonly Dictionary<Guid, KnownDomain> known = [];
    private readonly HashSet<Guid> told = [];
    private readonly Dictionary<Guid, int> redefinitions = [];
    private readonly Lock gate = new();
    private long? networksRead;

    /// <summary>The networks that are on, by the latest list of them; null when libvirt does not say.</summary>
    public IReadOnlyList<string>? Networks { get; private set; }

    /// <summary>Asks for events, and then for everything: what changes in between is told by an event.</summary>
    public async Task<IReadOnlyList<DomainObservation>> OpenAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<DomainEventKind>())
        {
            try
            {
                await connection.RegisterEventAsync(kind, cancellationToken);
            }
            catch (LibvirtException exception) when (kind != DomainEventKind.Lifecycle && exception.Code is LibvirtErrorCode.NoSupport or LibvirtErrorCode.InvalidArg)
            {
                // An older libvirt tells less; what it does not tell is found by the next list.
            }
        }

        await UntilTakenCallsEndedAsync(cancellationToken);
        return await RefreshAsync(cancellationToken);
    }

    /// <summary>Waits for the next event, and takes all that are there.</summary>
    /// <returns>False when the connection has ended.</returns>
    public async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (!await connection.Events.WaitToReadAsync(cancellationToken))
        {
            return false;
        }

        lock (gate)
        {
            while (connection.Events.TryRead(out var one))
            {
                told.Add(one.Domain.Uuid);
                if (one is DomainLifecycleEvent { Change: DomainLifecycle.Defined })
                {
                    redefinitions[one.Domain.Uuid] = redefinitions.GetValueOrDefault(one.Domain.Uuid) + 1;
                }
            }
        }

        return true;
    }

    /// <summary>Every domain as it is now: one list, one question for the figures of all, and the definition of each that is new or changed.</summary>
    /// <exception cref="LibvirtException">libvirt refused a question.</exception>
    /// <exception cref="LibvirtIncompleteException">It did not tell of every domain that it lists.</exception>
    /// <exception cref="LibvirtDeadlineException">It does not answer.</exception>
    /// <exception cref="LibvirtClosedException">The connection is over.</exception>
    public async Task<IReadOnlyList<DomainObservation>> RefreshAsync(CancellationToken cancellationToken)
    {
        await refreshing.WaitAsync(cancellationToken);
        var stale = TakeTold();
        try
        {
            // A list before and after: one that is missing in between was removed, and is not one that libvirt forgot to tell.
            var statistics = await connection.GetAllStatisticsAsync([], Figures, DomainStatsFlags.Nowait, cancellationToken);
            var readings = await Task.WhenAll(statistics.Select(one => ReadAsync(one, stale.Contains(one.Domain.Uuid), cancellationToken)));
            var observed = readings.OfType<DomainObservation>().ToList();
            var listed = (await connection.ListDomainsAsync(DomainListFlags.None, cancellationToken)).Select(domain => domain.Uuid).ToHashSet();
            await ReadNetworksAsync(cancellationToken);
            foreach (var gone in known.Keys.Where(uuid => !listed.Contains(uuid)).ToList())
            {
                known.Remove(gone);
                lock (gate)
                {
                    redefinitions.Remove(gone);
                }
            }

            if (listed.Except(observed.Select(domain => domain.Uuid)).Any())
            {
                // It came while the others were read: its event is on the way, and the next refresh has it.
                throw new LibvirtIncompleteException();
            }

            return [.. observed.Where(domain => listed.Contains(domain.Uuid))];
        }
        catch
        {
            GiveBack(stale);
            throw;
        }
        finally
        {
            refreshing.Release();
        }
    }

    public void Dispose() => refreshing.Dispose();

    /// <summary>
    /// An operator that was replaced has lost its channel, but libvirt goes on with a call that it had taken: a guest may be about to start. What was under way when this connection
    /// was made is waited for, and only then listed. What takes too long, such as a QEMU that hangs with its store, is listed as it is.
    /// </summary>
    private async Task UntilTakenCallsEndedAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var busy = await connection.ListDomainsAsync(DomainListFlags.Active, cancellationToken);
        while (true)
        {
            var age = clock.GetElapsedTime(began);
            var controls = await Task.WhenAll(busy.Select(domain => ControlAsync(domain, cancellationToken)));
            busy = [.. busy.Where((_, index) => controls[index] is { State: DomainControlState.Job or DomainControlState.Occupied } control && control.Since >= age)];
            if (busy.Count == 0 || age >= BusyPatience * connection.Options.PaceOfAnswers)
            {
                return;
            }

            await Task.Delay(BusyPause, clock, cancellationToken);
        }
    }

    /// <summary>What libvirt does with a domain; null for one that has ended, and where libvirt cannot tell.</summary>
    private async Task<DomainControl?> ControlAsync(LibvirtDomain domain, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.GetControlAsync(domain, cancellationToken);
        }
        catch (LibvirtException)
        {
            return null;
        }
    }

    /// <summary>A libvirt that has no networks, or whose part for them is not there, says nothing about its domains by that.</summary>
    private async Task ReadNetworksAsync(CancellationToken cancellationToken)
    {
        if (networksRead is { } last && clock.GetElapsedTime(last) < NetworkLifetime)
        {
            return;
        }

        try
        {
            Networks = [.. (await connection.ListNetworksAsync(NetworkListFlags.Active, cancellationToken)).Select(network => network.Name)];
        }
        catch (Exception silent) when (silent is LibvirtException or LibvirtDeadlineException)
        {
            Networks = null;
        }

        networksRead = clock.GetTimestamp();
    }

    private HashSet<Guid> TakeTold()
    {
        lock (gate)
        {
            var taken = told.ToHashSet();
            told.Clear();
            return taken;
        }
    }

    private void GiveBack(IEnumerable<Guid> stale)
    {
        lock (gate)
        {
            told.UnionWith(stale);
        }
    }

    /// <summary>One domain; null when it is gone by now.</summary>
    private async Task<DomainObservation?> ReadAsync(DomainStatistics statistics, bool isStale, CancellationToken cancellationToken)
    {
        var domain = statistics.Domain;
        if (statistics.Values.Number("state.state") is not { } state)
        {
            return null;
        }

        KnownDomain? before;
        int redefined;
        lock (gate)
        {
            known.TryGetValue(domain.Uuid, out before);
            redefined = redefinitions.GetValueOrDefault(domain.Uuid);
        }

        try
        {
            var now = clock.GetTimestamp();
            var isKnown = !isStale && before is not null && before.Id == domain.Id && clock.GetElapsedTime(before.Read, now) < DefinitionLifetime;
            var definition = isKnown ? before!.Definition : DomainDefinition.Parse(await connection.GetXmlAsync(domain, DomainXmlFlags.None, cancellationToken));
            if (definition is null)
            {
                return null;
            }

            var current = new KnownDomain(domain.Id, definition, isKnown ? before!.Read : now)
            {
                FirstSeen = before is not null && before.Id == domain.Id ? before.FirstSeen : now,
                Addresses = before is not null && before.Id == domain.Id ? before.Addresses : [],
                AddressesRead = before is not null && before.Id == domain.Id ? before.AddressesRead : null,
            };
            if ((DomainState)state == DomainState.Running && definition.Owner is not null && NeedsAddresses(current, now))
            {
                current = current with { Addresses = await ReadAddressesAsync(domain, definition.HasAgent, cancellationToken), AddressesRead = now };
            }

            lock (gate)
            {
                known[domain.Uuid] = current;
            }

            return new DomainObservation(
                domain.Name,
                domain.Uuid,
                definition.Owner,
                (DomainState)state,
                (int)(statistics.Values.Number("state.reason") ?? 0),
                (int)(statistics.Values.Number("vcpu.current") ?? 0),
                (statistics.Values.Number("balloon.current") ?? 0) * 1024,
                statistics.Values.Number("cpu.time") ?? 0,
                definition.DiskPaths)
            {
                Addresses = current.Addresses,
                AreAddressesKnown = current.AddressesRead is not null,
                Moves = definition.Moves,
                Redefinitions = redefined,
                MacAddresses = definition.MacAddresses,
            };
        }
        catch (LibvirtException exception) when (exception.Code == LibvirtErrorCode.NoDomain)
        {
            return null;
        }
    }

    private bool NeedsAddresses(KnownDomain domain, long now) =>
        domain.AddressesRead is not { } read
        || clock.GetElapsedTime(read, now) > AddressLifetime
        || (domain.Addresses.Count == 0 && clock.GetElapsedTime(domain.FirstSeen, now) < AddressExpected && clock.GetElapsedTime(read, now) > TimeSpan.FromSeconds(4));

    /// <summary>From its agent, else from DHCP leases, else from the host's neighbours. Empty when nobody knows.</summary>
    private async Task<IReadOnlyList<string>> ReadAddressesAsync(LibvirtDomain domain, bool hasAgent, CancellationToken cancellationToken)
    {
        DomainAddressSource[] sources = hasAgent ? [DomainAddressSource.Agent, DomainAddressSource.Lease, DomainAddressSource.Arp] : [DomainAddressSource.Lease, DomainAddressSource.Arp];
        foreach (var source in sources)
        {
            try
            {
                var found = GuestAddresses.Useful((await connection.GetInterfaceAddressesAsync(domain, source, cancellationToken)).SelectMany(one => one.Addresses).Select(address => address.Address));
                if (found.Count > 0)
                {
                    return found;
                }
            }
            catch (LibvirtException)
            {
                // This source does not know it; another may.
            }
        }

        return [];
    }

    /// <summary>What is kept of a domain between two refreshes.</summary>
    private sealed record KnownDomain(int Id, DomainDefinition Definition, long Read)
    {
        public long FirstSeen { get; init; }

        public IReadOnlyList<string> Addresses { get; init; } = [];

        public long? AddressesRead { get; init; }
    }
}
