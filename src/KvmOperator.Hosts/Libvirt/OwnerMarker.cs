using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>The mark in a domain's metadata that says whose it is. A domain without it is never touched.</summary>
/// <param name="Namespace">The namespace of the virtual machine.</param>
/// <param name="Name">Its name.</param>
public sealed record OwnerMarker(string Namespace, string Name)
{
    /// <summary>The XML namespace of the mark.</summary>
    public const string XmlNamespace = "https://kvmoperator.io/domain/v1";

    private static readonly XName Element = XName.Get("owner", XmlNamespace);

    /// <summary>The mark as it stands below <c>metadata</c>.</summary>
    public XElement ToXml() => new(
        Element, new XAttribute(XNamespace.Xmlns + "kvmop", XmlNamespace), new XAttribute("namespace", Namespace), new XAttribute("name", Name));

    /// <summary>Finds the mark in a domain's XML; null when there is none.</summary>
    public static OwnerMarker? Find(XElement domain)
    {
        var mark = domain.Element("metadata")?.Element(Element);
        return (string?)mark?.Attribute("namespace") is { } ownerNamespace && (string?)mark.Attribute("name") is { } name ? new OwnerMarker(ownerNamespace, name) : null;
    }
}
