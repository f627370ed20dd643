using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>Guests and hosts for tests.</summary>
internal static class Given
{
    public static DomainIdentity Identity { get; } = new("default", "xx");

    public static OwnerMarker Owner { get; } = new("default", "xx");

    public static DomainObservation Domain(DomainState state, int reason = 0, OwnerMarker? owner = null, string? name = null) =>
        new(name ?? Identity.DomainName, Identity.Uuid, owner ?? Owner, state, reason, 1, 256L << 20, 0, []);

    /// <summary>A domain that a person made.</summary>
    public static DomainObservation HandMade(DomainState state, Guid uuid) => Domain(state, name: "byhand") with { Owner = null, Uuid = uuid };

    public static HostObservation Host(params DomainObservation[] domains) =>
        new("boot", 2, default, 0, null, 4L << 30, 2L << 30, LibvirtAnswers: true, domains, []);

    /// <summary>Guests as the operator has them in memory.</summary>
    public static ObjectStore<VirtualMachine> Stored(params IEnumerable<VirtualMachine> guests)
    {
        var stored = new ObjectStore<VirtualMachine>(GuestIndexes.All);
        foreach (var guest in guests)
        {
            stored.Put(guest, out _);
        }

        return stored;
    }

    /// <summary>Where a guest is, by what was seen of the hosts; null for one that does not answer.</summary>
    public static GuestLocation Location(DomainIdentity identity, string? lastHost, IReadOnlyDictionary<string, HostObservation?> hosts)
    {
        var index = new DomainIndex();
        foreach (var (host, seen) in hosts)
        {
            index.Update(host, seen is { LibvirtAnswers: true } ? seen.Domains : null, 1);
        }

        return GuestSearch.Find(
            identity, lastHost, [.. hosts.Where(host => host.Value is not { LibvirtAnswers: true }).Select(host => host.Key).Order(StringComparer.Ordinal)], index.Of(identity));
    }

    public static VirtualMachineSpec Spec(RunStrategy strategy = RunStrategy.Always) => new()
    {
        Memory = new ResourceQuantity("256Mi"),
        Disks = [new VirtualMachineDisk { Name = "root", StoreRef = new KvmOperator.Api.LocalObjectReference { Name = "images" }, Size = new ResourceQuantity("1Gi") }],
        RunStrategy = strategy,
        TerminationGracePeriodSeconds = 60,
    };
}
