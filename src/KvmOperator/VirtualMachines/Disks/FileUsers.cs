using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Files;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Finds who names a file of a store, among all guests and all domains that were seen, and asks <see cref="FileOwners"/> whose it is.</summary>
internal sealed class FileUsers(IEntityStore<VirtualMachine> machines, IEntityStore<NfsStore> stores, IEntityStore<KvmHost> hosts, DomainIndex domains)
{
    /// <summary>Stands before the name of a store that is not there.</summary>
    private const string Unknown = "store ";

    /// <summary>Why a guest may not have a file that it names, and what to do; null when it may.</summary>
    public string? Refuse(VirtualMachine machine)
    {
        var user = User(machine);
        var others = user.Claims.SelectMany(Keys).Distinct(StringComparer.Ordinal).SelectMany(key => machines.ListBy(GuestIndexes.ByFile, key).Concat(Keepers(key)))
            .Where(other => !IsSame(other, machine)).DistinctBy(EntityKey.Of).Select(User);
        var strangers = user.Claims.Where(claim => claim.IsExclusive).SelectMany(claim => Holders(machine, claim.File, onlyActive: true));
        return FileOwners.Refuse(user, [.. others, .. strangers]) ?? RefuseUnreadable(machine, user);
    }

    /// <summary>Who else names a file of a guest that is going to be deleted, or has it in a domain that runs or could be started: none when it may go.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="store">The file's store.</param>
    /// <param name="path">The file on the hosts.</param>
    public IReadOnlyList<string> UsersOf(VirtualMachine machine, NfsStore store, string path)
    {
        var file = $"{Root(store)}{path[store.Spec.MountPath.Length..]}";
        var others = Keys(file).SelectMany(key => machines.ListBy(GuestIndexes.ByFile, key)).Where(other => !IsSame(other, machine)).DistinctBy(EntityKey.Of).Select(User);
        return [.. FileOwners.UsersOf(file, [.. others, .. Holders(machine, file, onlyActive: false)]).Select(pair => pair.User.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether a file is known to be a guest's disk already: by its status, or by its domain.</summary>
    public bool HasIt(VirtualMachine machine, string path) =>
        machine.Status?.Disks.Any(disk => disk.Path == path) == true || domains.ByFile(path).Any(place => IsOf(machine, place.Domain));

    private static bool IsSame(VirtualMachine one, VirtualMachine other) => EntityKey.Of(one) == EntityKey.Of(other);

    private static bool IsOf(VirtualMachine machine, DomainObservation domain) =>
        domain.Owner is { } owner ? owner == new OwnerMarker(machine.Namespace(), machine.Name()) : domain.Uuid == machine.Identity().Uuid;

    /// <summary>A guest that cannot be read may have any file that nobody is known to have.</summary>
    private string? RefuseUnreadable(VirtualMachine machine, FileUser user) =>
        user.Claims.FirstOrDefault(claim => claim is { Use: FileUse.Existing, HasIt: false }) is { } claim
        && machines.Undecodable.Where(guest => machines.Get(guest.Key) is null && guest.Key != EntityKey.Of(machine)).Select(guest => guest.Key.ToString()).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } unreadable
            ? $"disk {claim.Disk}: {string.Join(", ", unreadable)} cannot be read by this version of the operator, and may have the file {claim.Shown}: run the version that wrote them, or correct them"
            : null;

    private FileUser User(VirtualMachine machine)
    {
        var folder = GuestFileNames.Folder(machine);
        var claims = new List<FileClaim>();
        foreach (var disk in machine.Spec.Disks)
        {
            var own = disk.Source?.Existing ?? $"{folder}/{GuestFileNames.Of(disk)}";
            claims.Add(Claim(machine, disk, own, disk.Source?.Existing is null ? FileUse.OwnDisk : FileUse.Existing));
            var isMade = claims[^1].HasIt || machine.Status?.Disks.Any(made => made.Name == disk.Name && made.Path is not null) == true;
            if (disk.Source?.Image is { } image && (disk.Sharing == DiskSharing.Linked || !isMade))
            {
                claims.Add(Claim(machine, disk, image, disk.Sharing == DiskSharing.Linked ? FileUse.Base : FileUse.Image) with { HasIt = isMade });
            }
        }

        if (machine.Spec is { CloudInit: not null, Disks: [var first, ..] })
        {
            claims.Add(Claim(machine, first, $"{folder}/{GuestFileNames.CloudInit}", FileUse.CloudInit) with { Disk = string.Empty });
        }

        foreach (var made in machine.Status?.Disks.Where(disk => disk.BackingFile is not null) ?? [])
        {
            if (StoreOf(machine.Spec.Placement.Pool, made.BackingFile!) is { } store)
            {
                var within = made.BackingFile![(store.Spec.MountPath.Length + 1)..];
                claims.Add(new FileClaim($"{Root(store)}/{within}", within, FileUse.Base, made.Name, HasIt: true));
            }
        }

        return new FileUser($"{machine.Namespace()}/{machine.Name()}", machine.Metadata.CreationTimestamp is { } since ? new DateTimeOffset(DateTime.SpecifyKind(since, DateTimeKind.Utc)) : DateTimeOffset.MaxValue, claims)
        {
            Folders = [.. machine.Spec.Disks.Select(disk => disk.StoreRef?.Name).OfType<string>().Distinct(StringComparer.Ordinal).Select(store => $"{Root(store)}/{folder}")],
            Writes = machine.Spec.RunStrategy != RunStrategy.Halted || machine.Status?.StartTime is not null,
        };
    }

    private FileClaim Claim(VirtualMachine machine, VirtualMachineDisk disk, string within, FileUse use)
    {
        var name = disk.StoreRef?.Name ?? string.Empty;
        var path = $"{Store(name)?.Spec.MountPath}/{within}";
        return new FileClaim($"{Root(name)}/{within}", $"{within} in the store {name}", use, disk.Name, HasIt(machine, path));
    }

    /// <summary>Domains that have a file, but for the guest's own ones: they are nobody's objects, or hold it longer than their spec says.</summary>
    private IEnumerable<FileUser> Holders(VirtualMachine machine, string file, bool onlyActive)
    {
        foreach (var (path, pool) in Paths(file))
        {
            foreach (var (host, domain, _) in domains.ByFile(path).Where(place => !IsOf(machine, place.Domain) && hosts.Get(new EntityKey(null, place.Host))?.Spec.Pool == pool))
            {
                var owner = domain.Owner is { } marker ? machines.Get(new EntityKey(marker.Namespace, marker.Name)) : null;

                // A domain that is off and nobody's may be old; one whose object is not there yet comes back with it.
                if (domain.IsActive || !onlyActive || (domain.Owner is not null && owner is null))
                {
                    yield return new FileUser(
                        owner is not null ? $"{owner.Namespace()}/{owner.Name()}" : $"the domain {domain.Name} on {host}", DateTimeOffset.MinValue, [new FileClaim(file, file, FileUse.Existing, string.Empty, HasIt: true)])
                    {
                        IsStranger = owner is null,
                    };
                }
            }
        }
    }

    /// <summary>Where a file is on the hosts of each pool that has it in a store.</summary>
    private IEnumerable<(string Path, string Pool)> Paths(string file) =>
        stores.List().Where(store => file.StartsWith($"{Root(store)}/", StringComparison.Ordinal)).Select(store => ($"{store.Spec.MountPath}{file[Root(store).Length..]}", store.Spec.Pool)).Distinct();

    private IEnumerable<string> Keys(FileClaim claim) => Keys(claim.File);

    /// <summary>How a file is named in a spec: in several ways when a store's folder lies in another one's.</summary>
    private IEnumerable<string> Keys(string file) =>
        stores.List().Where(store => file.StartsWith($"{Root(store)}/", StringComparison.Ordinal)).Select(store => file[(Root(store).Length + 1)..])
            .Concat(file.StartsWith(Unknown, StringComparison.Ordinal) ? [file.Split('/', 2)[^1]] : Enumerable.Empty<string>())
            .Distinct(StringComparer.Ordinal);

    /// <summary>The guests in whose folders a file lies: <c>namespace_name</c>.</summary>
    private IEnumerable<VirtualMachine> Keepers(string within) =>
        within.Split('/')[..^1].Select(folder => folder.Split('_') is [var inNamespace, var name] ? machines.Get(new EntityKey(inNamespace, name)) : null).OfType<VirtualMachine>();

    private NfsStore? Store(string name) => name.Length > 0 ? stores.Get(new EntityKey(null, name)) : null;

    private NfsStore? StoreOf(string pool, string path) => stores.List()
        .Where(store => store.Spec.Pool == pool && path.StartsWith($"{store.Spec.MountPath}/", StringComparison.Ordinal)).MaxBy(store => store.Spec.MountPath.Length);

    private string Root(string store) => Store(store) is { } known ? Root(known) : $"{Unknown}{store}";

    /// <summary>What a store's files are, under whatever name it is mounted: two stores of one export, or of a folder in it, have the same ones.</summary>
    private static string Root(NfsStore store) => $"{store.Spec.Server.Address.ToLowerInvariant()}:{store.Spec.ExportPath}";
}
