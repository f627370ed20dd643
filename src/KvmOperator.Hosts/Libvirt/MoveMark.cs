using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>A move that is over, as a domain's metadata remember it: whoever knows nothing any more but the hosts learns there that it was done.</summary>
/// <param name="Name">The name of the move's object.</param>
/// <param name="Hash">What it asked for, as a hash.</param>
/// <param name="Guest">The identity of the guest's object at that time: one that was made anew has another one.</param>
public sealed record MoveMark(string Name, string Hash, string Guest)
{
    /// <summary>The XML namespace of the marks. libvirt keeps one element of each namespace, so it is another one than the owner's.</summary>
    public const string XmlNamespace = "https://kvmoperator.io/moves/v1";

    /// <summary>So many are remembered, the latest ones.</summary>
    public const int Most = 50;

    private const string Root = "moves";
    private const string Element = "move";

    /// <summary>The prefix that libvirt gives to the namespace.</summary>
    public const string Key = "kvmop-moves";

    /// <summary>The element to be kept in place of the one that a domain has, without its namespace: libvirt adds that. Null when the domain has the mark already.</summary>
    /// <param name="domainXml">The domain's definition.</param>
    /// <param name="mark">The mark to be added.</param>
    public static string? With(string domainXml, MoveMark mark)
    {
        var known = Find(XElement.Parse(domainXml));
        return known.Contains(mark)
            ? null
            : new XElement(Root, known.Append(mark).TakeLast(Most).Select(one => new XElement(Element, new XAttribute("name", one.Name), new XAttribute("hash", one.Hash), new XAttribute("guest", one.Guest))))
                .ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>The marks in a domain's XML, the oldest one first.</summary>
    public static IReadOnlyList<MoveMark> Find(XElement domain) =>
    [
        .. domain.Element("metadata")?.Element(XName.Get(Root, XmlNamespace))?.Elements()
            .Where(element => element.Name.LocalName == Element)
            .Select(element => new MoveMark(Text(element, "name"), Text(element, "hash"), Text(element, "guest"))) ?? [],
    ];

    private static string Text(XElement element, string attribute) => (string?)element.Attribute(attribute) ?? string.Empty;
}
