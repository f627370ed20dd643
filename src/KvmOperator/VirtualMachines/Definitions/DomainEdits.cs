using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>Writes into a definition what can only be changed there. Pure. Everything else in it stays as it is.</summary>
internal static class DomainEdits
{
    /// <summary>The definition with these differences mended.</summary>
    public static string Apply(string storedXml, GuestDefinition wanted, IReadOnlyCollection<DomainDifference> differences)
    {
        var domain = XElement.Parse(storedXml);
        foreach (var difference in differences)
        {
            switch (difference)
            {
                case DomainDifference.OtherBus moved:
                    MoveToBus(domain, wanted.Disks.First(disk => disk.Path == moved.Path));
                    break;
                case DomainDifference.OtherModel other:
                    SetModel(domain, other);
                    break;
                case DomainDifference.UnprotectedDisk disk:
                    Protect(domain, disk.Path);
                    break;
                case DomainDifference.MissingCloudInit cloudInit:
                    var (bus, first) = IsPc(domain) ? ("ide", "hda") : ("sata", "sda");
                    domain.Element("devices")!.Add(Drive(cloudInit.Path, bus, DomainComparison.FreeTarget(first, Targets(domain))));
                    break;
                case DomainDifference.OtherBootOrder:
                    DomainBoot.Set(domain, wanted);
                    break;
            }
        }

        return domain.ToString(SaveOptions.DisableFormatting);
    }

    private static void MoveToBus(XElement domain, GuestDisk disk)
    {
        var drive = Find(domain, disk.Path);
        var target = DomainComparison.FreeTarget(disk.Target, Targets(domain));

        // libvirt gives it a place on its new bus.
        drive.Elements("address").Remove();
        drive.Element("target")!.ReplaceWith(new XElement("target", new XAttribute("dev", target), new XAttribute("bus", disk.Bus)));
        var devices = domain.Element("devices")!;
        if (disk.Bus == "scsi" && devices.Elements("controller").All(controller => (string?)controller.Attribute("type") != "scsi"))
        {
            devices.Add(new XElement("controller", new XAttribute("type", "scsi"), new XAttribute("index", "0"), new XAttribute("model", "virtio-scsi")));
        }
    }

    private static void SetModel(XElement domain, DomainDifference.OtherModel wanted)
    {
        var card = domain.Elements("devices").Elements("interface")
            .First(device => string.Equals((string?)device.Element("mac")?.Attribute("address"), wanted.MacAddress, StringComparison.OrdinalIgnoreCase));
        card.Elements("model").Remove();

        // What is set for a driver of one model is refused for another; the place may be one that the new model cannot have.
        card.Elements("driver").Remove();
        card.Elements("address").Remove();
        card.Add(new XElement("model", new XAttribute("type", wanted.Model)));
    }

    /// <summary>Whether the machine is i440fx, which has IDE and no SATA.</summary>
    private static bool IsPc(XElement domain) => (string?)domain.Element("os")?.Element("type")?.Attribute("machine") is { } machine && (machine == "pc" || machine.StartsWith("pc-i440fx", StringComparison.Ordinal));

    private static void Protect(XElement domain, string path)
    {
        var drive = Find(domain, path);
        var driver = drive.Element("driver");
        if (driver is null)
        {
            driver = new XElement("driver", new XAttribute("name", "qemu"));
            drive.AddFirst(driver);
        }

        driver.SetAttributeValue("cache", "none");
        driver.SetAttributeValue("error_policy", "stop");
        var source = drive.Element("source")!;
        source.Elements("seclabel").Where(label => (string?)label.Attribute("model") == "dac").Remove();
        source.Add(OwnerStays());
    }

    private static XElement Find(XElement domain, string path) => domain.Elements("devices").Elements("disk").First(drive => DomainComparison.File(drive) == path);

    /// <summary>libvirt leaves the file's owner as it is (docs/adr/0001).</summary>
    private static XElement OwnerStays() => new("seclabel", new XAttribute("model", "dac"), new XAttribute("relabel", "no"));

    private static HashSet<string> Targets(XElement domain) =>
        domain.Elements("devices").Elements("disk").Select(drive => (string?)drive.Element("target")?.Attribute("dev")).OfType<string>().ToHashSet(StringComparer.Ordinal);

    private static XElement Drive(string path, string bus, string target) => new(
        "disk",
        new XAttribute("type", "file"),
        new XAttribute("device", "cdrom"),
        new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", "raw")),
        new XElement(
            "source",
            new XAttribute("file", path),
            OwnerStays()),
        new XElement("target", new XAttribute("dev", target), new XAttribute("bus", bus)),
        new XElement("readonly"));
}
