using System.Xml;
using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>What a guest needs of a host, from its XML as it runs and as it is defined.</summary>
/// <param name="Name">The domain's name; an adopted one has somebody else's choice.</param>
/// <param name="Networks">libvirt networks.</param>
/// <param name="Bridges">Bridges that are named without a network.</param>
/// <param name="Devices">The host's own network devices that its cards are on (macvtap).</param>
/// <param name="Disks">Disk files.</param>
/// <param name="UnsafeCacheDisks">Writable disk files with a cache mode other than none or directsync.</param>
/// <param name="HostDisks">Writable disks that are neither files nor on the network, so that another host has another one, or none, of that name.</param>
/// <param name="HostDevices">True when it uses devices of its host.</param>
/// <param name="UnmovableDevices">Other devices that libvirt or QEMU moves with no running guest, by what they are.</param>
/// <param name="Processor">How its processor has to be compared.</param>
/// <param name="ProcessorXml">The <c>cpu</c> element of the definition; null when it has none.</param>
/// <param name="FirmwareVariables">The file of its UEFI variables; null when it has none.</param>
/// <param name="HasSavedState">True when a saved state is kept for it (virsh managedsave).</param>
internal sealed record MigrationNeeds(
    string Name,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Bridges,
    IReadOnlyList<string> Devices,
    IReadOnlyList<string> Disks,
    IReadOnlyList<string> UnsafeCacheDisks,
    IReadOnlyList<string> HostDisks,
    bool HostDevices,
    IReadOnlyList<string> UnmovableDevices,
    ProcessorNeed Processor,
    string? ProcessorXml,
    string? FirmwareVariables,
    bool HasSavedState)
{
    /// <summary>The machine that it sees; null when its XML names none.</summary>
    public GuestMachine? Machine { get; init; }

    /// <summary>The file of its firmware, which every host has to have of its own; null when QEMU brings it.</summary>
    public string? Firmware { get; init; }

    /// <summary>Reads the output of <c>virsh "dumpxml X; dumpxml --inactive X; dominfo X"</c>. A text inside the XML cannot end it: libvirt escapes it.</summary>
    /// <exception cref="XmlException">It is none.</exception>
    public static MigrationNeeds Parse(string text)
    {
        const string end = "</domain>";
        var last = text.LastIndexOf(end, StringComparison.Ordinal);
        var xmlEnd = last < 0 ? 0 : last + end.Length;
        var documents = ReadDocuments(text[..xmlEnd]);
        if (documents is not [var live, var defined])
        {
            throw new XmlException($"virsh printed {documents.Count} domains, not two");
        }

        return Of(
            live,
            defined,
            text[xmlEnd..].Split('\n').Any(line => line.StartsWith("Managed save:", StringComparison.Ordinal) && line.TrimEnd().EndsWith("yes", StringComparison.Ordinal)));
    }

    /// <summary>Out of a domain's XML as it runs (of one that is off its definition again) and as it is defined.</summary>
    public static MigrationNeeds Of(XElement live, XElement defined, bool hasSavedState)
    {
        var devices = live.Element("devices");
        var all = devices?.Elements("disk").ToList() ?? [];
        var disks = all.Where(disk => disk.Element("source")?.Attribute("file") is not null).ToList();
        var sources = devices?.Elements("interface").Select(element => element.Element("source")).OfType<XElement>().ToList() ?? [];
        return new MigrationNeeds(
            (string?)live.Element("name") ?? string.Empty,
            [.. sources.Select(source => (string?)source.Attribute("network")).OfType<string>()],
            [.. sources.Where(source => source.Attribute("network") is null).Select(source => (string?)source.Attribute("bridge")).OfType<string>()],
            [.. sources.Where(source => source.Attribute("network") is null).Select(source => (string?)source.Attribute("dev")).OfType<string>().Where(device => !device.StartsWith('/'))],
            [.. disks.Select(DiskPath)],
            [.. disks.Where(disk => IsWritable(disk) && (string?)disk.Element("driver")?.Attribute("cache") is not ("none" or "directsync")).Select(DiskPath)],
            [.. all.Where(IsHostDisk).Select(HostDisk)],
            devices?.Element("hostdev") is not null || devices?.Elements("interface").Any(IsHostInterface) == true,
            UnmovableDevice.In(live),
            Compare(live, defined),
            defined.Element("cpu")?.ToString(),
            DomainFirmware.Variables(defined),
            hasSavedState)
        {
            Machine = GuestMachine.Of(live),
            Firmware = DomainFirmware.Program(live),
        };
    }

    /// <summary>
    /// The definition's own element is the best to compare. The running guest's also lists what QEMU added by itself, and libvirt then refuses targets that take the guest without trouble.
    /// </summary>
    private static ProcessorNeed Compare(XElement live, XElement defined)
    {
        var isActive = live.Attribute("id") is not null;
        return (Mode(live), Mode(defined)) switch
        {
            ("host-passthrough" or "maximum", _) when isActive => ProcessorNeed.SameHost,
            (_, "custom") => ProcessorNeed.AsDefined,
            ("custom", _) when isActive => ProcessorNeed.AsStarted,
            _ => ProcessorNeed.Nothing,
        };
    }

    private static string? Mode(XElement domain) => (string?)domain.Element("cpu")?.Attribute("mode");

    private static List<XElement> ReadDocuments(string text)
    {
        var documents = new List<XElement>();
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment, DtdProcessing = DtdProcessing.Prohibit });
        reader.MoveToContent();
        while (reader.NodeType == XmlNodeType.Element)
        {
            documents.Add((XElement)XNode.ReadFrom(reader));
            reader.MoveToContent();
        }

        return documents;
    }

    private static bool IsWritable(XElement disk) => disk.Element("readonly") is null && disk.Element("shareable") is null;

    /// <summary>Also one that guests may share: whether another host has the same one cannot be seen. An empty drive has no source.</summary>
    private static bool IsHostDisk(XElement disk) =>
        disk.Element("source") is not null && disk.Element("readonly") is null && (string?)disk.Attribute("type") is not (null or "file" or "network");

    private static string HostDisk(XElement disk)
    {
        var source = disk.Element("source")!;
        var what = (string?)(source.Attribute("dev") ?? source.Attribute("dir") ?? source.Attribute("volume") ?? source.Attribute("path")) ?? (string?)disk.Attribute("type");
        return (string?)disk.Element("target")?.Attribute("dev") is { } target ? $"{target} ({what})" : what!;
    }

    /// <summary>A network card of the host, or a part of one, as an interface.</summary>
    private static bool IsHostInterface(XElement element) => (string?)element.Attribute("type") is "hostdev" or "vdpa";

    private static string DiskPath(XElement disk) => (string)disk.Element("source")!.Attribute("file")!;
}
