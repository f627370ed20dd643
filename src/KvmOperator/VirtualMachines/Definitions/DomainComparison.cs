using System.Globalization;
using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines.Definitions;

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
        differences.AddRange(Networks(domain, wanted, live));
        differences.AddRange(Buses(domain, wanted));
        differences.AddRange(Models(domain, wanted));
        differences.AddRange(Unprotected(domain, wanted));
        if (!DomainBoot.Is(domain, wanted))
        {
            differences.Add(new DomainDifference.OtherBootOrder());
        }

        if (wanted.CloudInitImage is { } image && domain.Elements("devices").Elements("disk").All(drive => File(drive) != image))
        {
            differences.Add(new DomainDifference.MissingCloudInit(image));
        }

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
            .ToList();
        var targets = drives.Select(disk => (string?)disk.Element("target")?.Attribute("dev") ?? string.Empty).ToHashSet(StringComparer.Ordinal);
        foreach (var disk in wanted.Disks.Where(disk => present.All(one => one.Path != disk.Path)))
        {
            var target = FreeTarget(disk.Target, targets);
            targets.Add(target);
            yield return new DomainDifference.MissingDisk(disk with { Target = target });
        }

        // A person may have given it one file twice.
        foreach (var (path, target) in present.Where(one => wanted.Disks.All(disk => disk.Path != one.Path)))
        {
            yield return new DomainDifference.ExtraDisk(path!, target);
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

    /// <summary>Only what the spec can say: a card that a person put on anything else is left there.</summary>
    private static IEnumerable<DomainDifference> Networks(XElement domain, GuestDefinition wanted, bool live)
    {
        foreach (var device in domain.Elements("devices").Elements("interface"))
        {
            var card = wanted.Interfaces.FirstOrDefault(card => string.Equals(card.MacAddress, (string?)device.Element("mac")?.Attribute("address"), StringComparison.OrdinalIgnoreCase));
            var type = (string?)device.Attribute("type");
            if (card is null || type is not ("network" or "bridge"))
            {
                continue;
            }

            var (wantedType, name) = card.Bridge is { } bridge ? ("bridge", bridge) : ("network", card.Network ?? "default");
            if (type != wantedType || (string?)device.Element("source")?.Attribute(wantedType) != name)
            {
                var changed = new XElement(device);
                changed.SetAttributeValue("type", wantedType);
                changed.Elements("source").Remove();
                changed.Elements("target").Remove();
                changed.Element("mac")!.AddAfterSelf(new XElement("source", new XAttribute(wantedType, name)));
                yield return new DomainDifference.OtherNetwork(card, changed.ToString(SaveOptions.DisableFormatting), live);
            }
        }
    }

    /// <summary>Only buses that the spec can say: a disk on any other was put there by a person. A spec that does not say the machine knows nothing of IDE: who adopted such a guest wants it to stay as it is.</summary>
    private static IEnumerable<DomainDifference> Buses(XElement domain, GuestDefinition wanted) =>
        from drive in domain.Elements("devices").Elements("disk")
        let disk = wanted.Disks.FirstOrDefault(disk => disk.Path == File(drive))
        let bus = (string?)drive.Element("target")?.Attribute("bus")
        where disk is not null && (bus is "virtio" or "scsi" or "sata" || (bus is "ide" or "usb" && wanted.Machine is not null)) && bus != disk.Bus
        select new DomainDifference.OtherBus(disk.Path, disk.Bus);

    /// <summary>Only models that the spec says.</summary>
    private static IEnumerable<DomainDifference> Models(XElement domain, GuestDefinition wanted) =>
        from device in domain.Elements("devices").Elements("interface")
        let card = wanted.Interfaces.FirstOrDefault(card => string.Equals(card.MacAddress, (string?)device.Element("mac")?.Attribute("address"), StringComparison.OrdinalIgnoreCase))
        let model = card?.Model
        where model is not null && (string?)device.Element("model")?.Attribute("type") != model
        select new DomainDifference.OtherModel(card!.MacAddress, model);

    /// <summary>Domains that people made are as libvirt makes them: a cache hides writes from another host, and a disk whose access was taken away breaks inside the guest.</summary>
    private static IEnumerable<DomainDifference> Unprotected(XElement domain, GuestDefinition wanted) =>
        from drive in domain.Elements("devices").Elements("disk")
        let disk = wanted.Disks.FirstOrDefault(disk => disk.Path == File(drive))
        where disk is not null
        let driver = drive.Element("driver")
        where (string?)driver?.Attribute("cache") != "none" || (string?)driver?.Attribute("error_policy") != "stop" || !IsOwnerKept(drive)
        select new DomainDifference.UnprotectedDisk(disk.Path);

    private static bool IsOwnerKept(XElement drive) =>
        drive.Elements("source").Elements("seclabel").Any(label => (string?)label.Attribute("model") == "dac" && (string?)label.Attribute("relabel") == "no");

    /// <summary>The file of a drive; null for one without.</summary>
    public static string? File(XElement drive) => (string?)drive.Element("source")?.Attribute("file");

    /// <summary>The wanted name on the bus, or the next one that is free.</summary>
    public static string FreeTarget(string wanted, IReadOnlySet<string> taken)
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
