using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Placement;

/// <summary>What is taken of a host, and by whom. It never changes.</summary>
internal sealed class HostLoad
{
    private readonly IReadOnlyDictionary<OwnerMarker, GuestLoad> guests;

    /// <summary>Sums up.</summary>
    /// <param name="guests">The guests that are there, or will be.</param>
    /// <param name="otherVcpus">Virtual CPUs of domains that have no object: a person's, or those of guests that are not applied yet.</param>
    /// <param name="otherMemoryBytes">The memory of those.</param>
    /// <param name="otherOverheadBytes">What their QEMU takes beside it.</param>
    public HostLoad(IReadOnlyDictionary<OwnerMarker, GuestLoad> guests, int otherVcpus, long otherMemoryBytes, long otherOverheadBytes)
    {
        this.guests = guests;
        Vcpus = otherVcpus + guests.Values.Sum(guest => guest.Vcpus);
        MemoryBytes = otherMemoryBytes + guests.Values.Sum(guest => guest.MemoryBytes);
        OverheadBytes = otherOverheadBytes + guests.Values.Sum(guest => guest.OverheadBytes);
        Groups = guests.Values.SelectMany(guest => guest.Groups).ToHashSet(StringComparer.Ordinal);
        (OtherVcpus, OtherMemoryBytes, OtherOverheadBytes) = (otherVcpus, otherMemoryBytes, otherOverheadBytes);
    }

    /// <summary>All virtual CPUs that are taken.</summary>
    public int Vcpus { get; }

    /// <summary>All memory that is taken.</summary>
    public long MemoryBytes { get; }

    /// <summary>Memory that QEMU takes beside that of the guests.</summary>
    public long OverheadBytes { get; }

    /// <summary>The groups of anti-affinity that have a guest there.</summary>
    public IReadOnlySet<string> Groups { get; }

    private int OtherVcpus { get; }

    private long OtherMemoryBytes { get; }

    private long OtherOverheadBytes { get; }

    /// <summary>Whether a guest is counted.</summary>
    public bool Has(OwnerMarker guest) => guests.ContainsKey(guest);

    /// <summary>The same without a guest: what it has itself does not keep it from a place.</summary>
    public HostLoad Without(OwnerMarker guest) => Has(guest)
        ? new HostLoad(guests.Where(pair => pair.Key != guest).ToDictionary(), OtherVcpus, OtherMemoryBytes, OtherOverheadBytes)
        : this;

    /// <summary>The same with guests that were given a place there a moment ago.</summary>
    public HostLoad With(IReadOnlyDictionary<OwnerMarker, GuestLoad> assumed) => assumed.Count > 0
        ? new HostLoad(guests.Concat(assumed.Where(pair => !Has(pair.Key))).ToDictionary(), OtherVcpus, OtherMemoryBytes, OtherOverheadBytes)
        : this;
}
