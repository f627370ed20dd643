using System.Globalization;
using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>What a domain is started from. Pure.</summary>
internal static class DomainBoot
{
    /// <summary>Whether a domain has the wanted order among the devices that it has. One without any order begins with its first disk, as libvirt does.</summary>
    public static bool Is(XElement domain, GuestDefinition wanted)
    {
        var present = Devices(domain).Where(device => device.Element("boot") is not null).ToList();
        return present.Count == 0
            ? wanted.Interfaces.All(card => card.BootOrder is null) && wanted.Disks.Skip(1).All(disk => disk.BootOrder is null)
            : Devices(domain).All(device => !IsKnown(device, wanted) || Order(device) == Order(device, wanted));
    }

    /// <summary>Gives a definition the wanted order, and takes any other away.</summary>
    public static void Set(XElement domain, GuestDefinition wanted)
    {
        domain.Elements("os").Elements("boot").Remove();
        foreach (var device in Devices(domain))
        {
            device.Elements("boot").Remove();
            if (Order(device, wanted) is { } order)
            {
                device.Add(new XElement("boot", new XAttribute("order", order.ToString(CultureInfo.InvariantCulture))));
            }
        }
    }

    private static IEnumerable<XElement> Devices(XElement domain) => domain.Elements("devices").Elements().Where(device => device.Name.LocalName is "disk" or "interface");

    private static bool IsKnown(XElement device, GuestDefinition wanted) => Disk(device, wanted) is not null || Card(device, wanted) is not null;

    private static int? Order(XElement device) => (int?)device.Element("boot")?.Attribute("order");

    private static int? Order(XElement device, GuestDefinition wanted) => Disk(device, wanted)?.BootOrder ?? Card(device, wanted)?.BootOrder;

    private static GuestDisk? Disk(XElement device, GuestDefinition wanted) => wanted.Disks.FirstOrDefault(disk => disk.Path == DomainComparison.File(device));

    private static GuestInterface? Card(XElement device, GuestDefinition wanted) => wanted.Interfaces.FirstOrDefault(
        card => string.Equals(card.MacAddress, (string?)device.Element("mac")?.Attribute("address"), StringComparison.OrdinalIgnoreCase));
}
