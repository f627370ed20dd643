using System.Globalization;
using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines;

/// <summary>Compares a domain with what it should be. Pure.</summary>
internal static class DomainComparison
{
    /// <summary>All differences that the operator mends; what libvirt or a person added otherwise is left alone.</summary>
    /// <param name="domainXml">The domain as libvirt describes it.</param>
    /// <param name="wanted">What it should be.</param>
    /// <param name="live">Whether a running guest is described, whose balloon may be on its way.</param>
    public static IReadOnlyList<DomainDifference> Compare(string domainXml, GuestDefinition wanted, bool live)
    {
        var domain = XElement.Parse(domainXml);
        var differences = new List<DomainDifference>();
        var vcpu = domain.Element("vcpu");
        var vcpus = Number((string?)vcpu?.Attribute("current") ?? vcpu?.Value);
        if (vcpus != wanted.Vcpus)
        {
            differences.Add(new DomainDifference.Vcpus(wanted.Vcpus));
        }

        // A running guest never gets more memory than it was started with; how far its balloon is does not count.
        var memory = Number(domain.Element(live ? "memory" : "currentMemory")?.Value) * 1024;
        if (live ? memory < wanted.MemoryBytes : memory != wanted.MemoryBytes)
        {
            differences.Add(new DomainDifference.Memory(wanted.MemoryBytes));
        }

        differences.AddRange(Disks(domain, wanted));
        differences.AddRange(Interfaces(domain, wanted));
        return differences;
    }

    private static IEnumerable<DomainDifference> Disks(XElement domain, GuestDefinition wanted)
    {
        // A CD drive has a name on a bus as well.
        var drives = domain.Elements("devices").Elements("disk").ToList();
        var present = drives
            .Where(disk => (string?)disk.Attribute("device") is null or "disk")
            .Select(disk => (Path: (string?)disk.Element("source")?.Attribute("file"), Target: (string?)disk.Element("target")?.Attribute("dev") ?? string.Empty))
            .Where(disk => disk.Path is not null)
            .ToDictionary(disk => disk.Path!, disk => disk.Target, StringComparer.Ordinal);
        var targets = drives.Select(disk => (string?)disk.Element("target")?.Attribute("dev") ?? string.Empty).ToHashSet(StringComparer.Ordinal);
        foreach (var disk in wanted.Disks.Where(disk => !present.ContainsKey(disk.Path)))
        {
            var target = FreeTarget(disk.Target, targets);
            targets.Add(target);
            yield return new DomainDifference.MissingDisk(disk with { Target = target });
        }

        foreach (var (path, target) in present.Where(pair => wanted.Disks.All(disk => disk.Path != pair.Key)))
        {
            yield return new DomainDifference.ExtraDisk(path, target);
        }
    }

    private static IEnumerable<DomainDifference> Interfaces(XElement domain, GuestDefinition wanted)
    {
        var present = domain.Elements("devices").Elements("interface")
            .Select(card => ((string?)card.Element("mac")?.Attribute("address"))?.ToLowerInvariant())
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        foreach (var card in wanted.Interfaces.Where(card => !present.Contains(card.MacAddress)))
        {
            yield return new DomainDifference.MissingInterface(card);
        }

        foreach (var mac in present.Where(mac => wanted.Interfaces.All(card => card.MacAddress != mac)))
        {
            yield return new DomainDifference.ExtraInterface(mac);
        }
    }

    /// <summary>The wanted name on the bus, or the next one that is free.</summary>
    private static string FreeTarget(string wanted, HashSet<string> taken)
    {
        var letter = wanted[^1];
        while (taken.Contains(wanted[..^1] + letter))
        {
            letter++;
        }

        return wanted[..^1] + letter;
    }

    private static long Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
