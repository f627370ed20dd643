using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>Under what guests are filed, so that nobody has to look through all of them.</summary>
internal static class GuestIndexes
{
    /// <summary>By the host that their status names.</summary>
    public const string ByHost = "host";

    /// <summary>By each file that they name, as a path below its store: their own disks, existing ones, images, what they are linked to, and cloud-init's data.</summary>
    public const string ByFile = "file";

    /// <summary>By what their linked disks are linked to: see the methods.</summary>
    public const string ByOrigin = "origin";

    /// <summary>By each address of a network card: the given, the kept, and those that it would get first.</summary>
    public const string ByMac = "mac";

    /// <summary>By each libvirt network that their spec names, and where they may be: see the methods.</summary>
    public const string ByNetwork = "network";

    /// <summary>By the failure of a host that started them elsewhere: see <see cref="Failure"/>.</summary>
    public const string ByFailure = "failure";

    /// <summary>The indexes.</summary>
    public static IReadOnlyList<EntityIndex<VirtualMachine>> All { get; } =
    [
        new(ByHost, guest => guest.Status?.Host is { } host ? [host] : []),
        new(ByFailure, guest => new[] { guest.Status?.Failover, guest.Status?.LastFailover }.Where(failover => failover is not null).Select(failover => Failure(failover!.From, failover.Id)).Distinct(StringComparer.Ordinal)),
        new(ByFile, guest => Files(guest).Distinct(StringComparer.Ordinal)),
        new(ByMac, guest => GuestMacAddresses.Of(guest).Distinct(StringComparer.Ordinal)),
        new(ByOrigin, guest => Origins(guest).Distinct(StringComparer.Ordinal)),
        new(ByNetwork, guest => Networks(guest).Distinct(StringComparer.Ordinal)),
    ];

    /// <summary>The value for guests that a failure started elsewhere: two hosts may fail in the same second, so it is of a host.</summary>
    public static string Failure(string host, string id) => $"{host}/{id}";

    /// <summary>The value for a guest whose disks are cloned.</summary>
    public static string Clone(string? inNamespace, string name) => $"clone {inNamespace}/{name}";

    /// <summary>The value for an image in a store.</summary>
    public static string Image(string store, string file) => $"image {store}/{file}";

    /// <summary>The value for a file that others have as their backing file.</summary>
    public static string Backing(string path) => $"backing {path}";

    private static IEnumerable<string> Files(VirtualMachine guest)
    {
        var folder = GuestFileNames.Folder(guest);
        foreach (var disk in guest.Spec.Disks)
        {
            yield return disk.Source?.Existing ?? $"{folder}/{GuestFileNames.Of(disk)}";
            if (disk.Source?.Image is { } image)
            {
                yield return image;
            }
        }

        if (guest.Spec.CloudInit is not null)
        {
            yield return $"{folder}/{GuestFileNames.CloudInit}";
        }

        // The path of a file on the hosts ends with each of its paths below the stores that have it.
        foreach (var parts in guest.Status?.Disks.Select(disk => disk.BackingFile?.Split('/')).OfType<string[]>() ?? [])
        {
            for (var first = 1; first < parts.Length; first++)
            {
                yield return string.Join('/', parts[first..]);
            }
        }
    }

    /// <summary>The value for guests that may be on any host of a pool and name a network.</summary>
    public static string NetworkOfPool(string pool, string network) => $"pool {pool} {network}";

    /// <summary>The value for guests that may be on one host only and name a network.</summary>
    public static string NetworkOfHost(string host, string network) => $"host {host} {network}";

    private static IEnumerable<string> Networks(VirtualMachine guest) => DefaultNetwork.NetworksOf(guest)
        .Select(network => guest.Spec.Placement.HostRef is { } host ? NetworkOfHost(host.Name, network) : NetworkOfPool(guest.Spec.Placement.Pool, network));

    private static IEnumerable<string> Origins(VirtualMachine guest)
    {
        foreach (var disk in guest.Spec.Disks.Where(disk => disk.Sharing == DiskSharing.Linked))
        {
            if (disk.Source?.CloneOf is { } clone)
            {
                yield return Clone(guest.Namespace(), clone.VirtualMachine);
            }

            if (disk.Source?.Image is { } image)
            {
                yield return Image(disk.StoreRef.Name, image);
            }
        }

        foreach (var backing in guest.Status?.Disks.Select(disk => disk.BackingFile).OfType<string>() ?? [])
        {
            yield return Backing(backing);
        }
    }
}
