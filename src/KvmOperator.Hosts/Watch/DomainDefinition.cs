using System.Xml;
using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Watch;

/// <summary>What a domain's definition says that is needed all the time. Read again only when the definition changed.</summary>
/// <param name="Owner">Whose it is; null for a domain that is none of ours.</param>
/// <param name="DiskPaths">The files of its disks, in the domain's order.</param>
/// <param name="HasAgent">Whether an agent in the guest is connected.</param>
internal sealed record DomainDefinition(OwnerMarker? Owner, IReadOnlyList<string> DiskPaths, bool HasAgent)
{
    /// <summary>Reads a definition as libvirt prints it; null when it is none.</summary>
    public static DomainDefinition? Parse(string xml)
    {
        try
        {
            var domain = XElement.Parse(xml);
            var devices = domain.Element("devices");
            return new DomainDefinition(
                OwnerMarker.Find(domain),
                [.. devices?.Elements("disk").Select(disk => (string?)disk.Element("source")?.Attribute("file")).OfType<string>() ?? []],
                devices?.Elements("channel").Any(IsConnectedAgent) == true);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static bool IsConnectedAgent(XElement channel) =>
        channel.Element("target") is { } target && (string?)target.Attribute("name") == "org.qemu.guest_agent.0" && (string?)target.Attribute("state") == "connected";
}
