using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Inventory;

/// <summary>
/// Which host has which domain, by the latest look at each: asked by owner, UUID, name or file, however many hosts and domains there are. Safe for any number of threads.
/// What was seen last stays until the host is seen again or forgotten: whoever needs to know whether it still holds asks <see cref="DomainPlace.IsCurrent"/>.
/// </summary>
internal sealed class DomainIndex
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, Seen> hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> places = new(StringComparer.Ordinal);

    /// <summary>Takes in what a look at a host told. To be called before the look is shown to others: who sees the look then finds its domains here.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="domains">All its domains; null when they are not known: libvirt there, or the host, did not answer.</param>
    /// <param name="began">A time stamp of when the look began: one that took long does not replace one that began after it.</param>
    public void Update(string host, IReadOnlyList<DomainObservation>? domains, long began)
    {
        lock (guard)
        {
            var before = hosts.GetValueOrDefault(host);
            if (before is not null && before.Began > began)
            {
                return;
            }

            hosts[host] = new Seen(domains ?? before?.Domains ?? [], domains is not null, began);
            if (domains is not null)
            {
                Refile(host, before?.Domains ?? [], domains);
            }
        }
    }

    /// <summary>Forgets a host that is gone.</summary>
    public void Forget(string host)
    {
        lock (guard)
        {
            if (hosts.Remove(host, out var before))
            {
                Refile(host, before.Domains, []);
            }
        }
    }

    /// <summary>The domains that were seen on a host last; none for one that was never seen.</summary>
    public IReadOnlyList<DomainObservation> On(string host)
    {
        lock (guard)
        {
            return hosts.TryGetValue(host, out var seen) ? seen.Domains : [];
        }
    }

    /// <summary>The domains that carry the mark of an object, on whichever hosts.</summary>
    public IReadOnlyList<DomainPlace> ByOwner(OwnerMarker owner) => Find(KeyOf(owner), domain => domain.Owner == owner);

    /// <summary>The domains with that UUID, whoever owns them.</summary>
    public IReadOnlyList<DomainPlace> ByUuid(Guid uuid) => Find(KeyOf(uuid), domain => domain.Uuid == uuid);

    /// <summary>The domains of that name, whoever owns them.</summary>
    public IReadOnlyList<DomainPlace> ByName(string name) => Find(KeyOf(name), domain => domain.Name == name);

    /// <summary>The domains that have a file as a disk, whoever owns them.</summary>
    public IReadOnlyList<DomainPlace> ByFile(string path) => Find(KeyOfFile(path), domain => domain.DiskPaths.Contains(path, StringComparer.Ordinal));

    /// <summary>Every domain that is a guest's, or is in its way: it has its owner's mark, its UUID or its name.</summary>
    public IReadOnlyList<DomainPlace> Of(DomainIdentity identity)
    {
        var owner = new OwnerMarker(identity.Namespace, identity.Name);
        lock (guard)
        {
            List<DomainPlace> found = [.. ByOwner(owner)];
            found.AddRange(ByUuid(identity.Uuid).Where(place => place.Domain.Owner != owner));
            found.AddRange(ByName(identity.DomainName).Where(place => place.Domain.Owner != owner && place.Domain.Uuid != identity.Uuid));
            return found;
        }
    }

    private List<DomainPlace> Find(string key, Func<DomainObservation, bool> isIt)
    {
        lock (guard)
        {
            var found = new List<DomainPlace>();
            foreach (var host in places.TryGetValue(key, out var filed) ? filed : [])
            {
                var seen = hosts[host];
                found.AddRange(seen.Domains.Where(isIt).Select(domain => new DomainPlace(host, domain, seen.IsCurrent)));
            }

            return found;
        }
    }

    /// <summary>Who is where hardly ever changes from one look to the next: only what differs is filed anew.</summary>
    private void Refile(string host, IReadOnlyList<DomainObservation> before, IReadOnlyList<DomainObservation> now)
    {
        if (before.Count == now.Count && before.Zip(now).All(pair => Name(pair.First) == Name(pair.Second) && HaveSameFiles(pair.First, pair.Second)))
        {
            return;
        }

        var old = before.SelectMany(Keys).ToHashSet(StringComparer.Ordinal);
        var current = now.SelectMany(Keys).ToHashSet(StringComparer.Ordinal);
        foreach (var key in old.Except(current, StringComparer.Ordinal))
        {
            if (places.TryGetValue(key, out var filed) && filed.Remove(host) && filed.Count == 0)
            {
                places.Remove(key);
            }
        }

        foreach (var key in current.Except(old, StringComparer.Ordinal))
        {
            if (!places.TryGetValue(key, out var filed))
            {
                places[key] = filed = new SortedSet<string>(StringComparer.Ordinal);
            }

            filed.Add(host);
        }
    }

    private static (OwnerMarker? Owner, Guid Uuid, string Name) Name(DomainObservation domain) => (domain.Owner, domain.Uuid, domain.Name);

    private static IEnumerable<string> Keys(DomainObservation domain)
    {
        if (domain.Owner is { } owner)
        {
            yield return KeyOf(owner);
        }

        yield return KeyOf(domain.Uuid);
        yield return KeyOf(domain.Name);
        foreach (var path in domain.DiskPaths)
        {
            yield return KeyOfFile(path);
        }
    }

    private static bool HaveSameFiles(DomainObservation one, DomainObservation other) =>
        ReferenceEquals(one.DiskPaths, other.DiskPaths) || one.DiskPaths.SequenceEqual(other.DiskPaths, StringComparer.Ordinal);

    private static string KeyOf(OwnerMarker owner) => $"owner {owner.Namespace}/{owner.Name}";

    private static string KeyOf(Guid uuid) => $"uuid {uuid}";

    private static string KeyOf(string name) => $"name {name}";

    private static string KeyOfFile(string path) => $"file {path}";

    private sealed record Seen(IReadOnlyList<DomainObservation> Domains, bool IsCurrent, long Began);
}
