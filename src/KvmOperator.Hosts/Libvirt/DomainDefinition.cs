using System.Xml;
using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>What a domain's definition says that is needed all the time. Read again only when the definition changed.</summary>
/// <param name="Owner">Whose it is; null for a domain that is none of ours.</param>
/// <param name="DiskPaths">The files of its disks, in the domain's order.</param>
/// <param name="HasAgent">Whether an agent in the guest is connected.</param>
/// <param name="Moves">The moves that it remembers.</param>
internal sealed record DomainDefinition(OwnerMarker? Owner, IReadOnlyList<string> DiskPaths, bool HasAgent, IReadOnlyList<MoveMark> Moves)
{
    /// <summary>The addresses of its network cards in small letters, in the domain's order.</summary>
    public IReadOnlyList<string> MacAddresses { get; init; } = [];

    /// <summary>Reads a definition as libvirt prints it; null when it is none.</summary>
    public static DomainDefinition? Parse(string xml)
    {
        try
        {
            return Read(XElement.Parse(xml));
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>Reads a definition.</summary>
    public static DomainDefinition Read(XElement domain)
    {
        var devices = domain.Element("devices");
        return new DomainDefinition(
            OwnerMarker.Find(domain),
            [.. devices?.Elements("disk").Select(disk => (string?)disk.Element("source")?.Attribute("file")).OfType<string>() ?? []],
            devices?.Elements("channel").Any(IsConnectedAgent) == true,
            MoveMark.Find(domain))
        {
            MacAddresses = [.. devices?.Elements("interface").Select(card => (string?)card.Element("mac")?.Attribute("address")).OfType<string>().Select(mac => mac.ToLowerInvariant()) ?? []],
        };
    }

    private static bool IsConnectedAgent(XElement channel) =>
        channel.Element("target") is { } target && (string?)target.Attribute("name") == "org.qemu.guest_agent.0" && (string?)target.Attribute("state") == "connected";
}
