using System.Globalization;
using System.Xml.Linq;
using System.Xml;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Reads an .ovf. Nothing outside of it is looked up: it may have no document type.</summary>
public static class OvfReader
{
    private const int MaximumDepth = 64;

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="VmwareFormatException">It is no OVF, too large, or too deep.</exception>
    public static OvfEnvelope Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > FormatLimits.OvfBytes)
        {
            throw new VmwareFormatException(ConcernId.NotText, $"the .ovf is larger than {FormatLimits.OvfBytes >> 20} MiB");
        }

        var root = Load(Decode(bytes));
        if (root.Name.LocalName != "Envelope")
        {
            throw new VmwareFormatException(ConcernId.Corrupt, $"the .ovf begins with {Shown.Of(root.Name.LocalName)} instead of Envelope");
        }

        var systems = root.Descendants().Where(element => element.Name.LocalName == "VirtualSystem").Take(100).ToList();
        var system = systems.FirstOrDefault();
        var hardware = system?.Elements().FirstOrDefault(element => element.Name.LocalName == "VirtualHardwareSection");
        return new OvfEnvelope
        {
            Machines = systems.Count,
            Files = [.. Of(root, "References").SelectMany(part => Of(part, "File")).Take(FormatLimits.Members).Select(file => new OvfFile(
                Attribute(file, "id") ?? string.Empty,
                Attribute(file, "href") ?? string.Empty,
                Number(Attribute(file, "size")),
                Number(Attribute(file, "chunkSize")),
                Attribute(file, "compression") is { Length: > 0 } compression && compression != "identity" ? compression : null))],
            Disks = [.. Of(root, "DiskSection").SelectMany(part => Of(part, "Disk")).Take(FormatLimits.Members).Select(disk => new OvfDisk(
                Attribute(disk, "diskId") ?? string.Empty,
                Attribute(disk, "fileRef"),
                Number(Attribute(disk, "capacity")) is { } capacity ? Multiplied(capacity, Units(Attribute(disk, "capacityAllocationUnits"))) : null,
                Attribute(disk, "parentRef")))],
            Name = system is null ? null : Text(system, "Name") ?? Attribute(system, "id"),
            GuestOs = system is null ? null : Of(system, "OperatingSystemSection").Select(section => Attribute(section, "osType")).FirstOrDefault(),
            Items = hardware is null
                ? []
                : [.. hardware.Elements().Where(element => element.Name.LocalName is "Item" or "StorageItem" or "EthernetPortItem").Take(FormatLimits.Members).Select(Item)],
            Settings = Settings(hardware),
        };
    }

    /// <summary>How many bytes a unit is: <c>byte * 2^20</c>, <c>byte * 1024 * 1024</c>, <c>MegaBytes</c>; 1 for none and for what is not known.</summary>
    public static long Units(string? units)
    {
        var text = units?.Replace(" ", string.Empty, StringComparison.Ordinal).ToUpperInvariant() ?? string.Empty;
        switch (text)
        {
            case "KB" or "KILOBYTE" or "KILOBYTES":
                return 1L << 10;
            case "MB" or "MEGABYTE" or "MEGABYTES":
                return 1L << 20;
            case "GB" or "GIGABYTE" or "GIGABYTES":
                return 1L << 30;
            case "TB" or "TERABYTE" or "TERABYTES":
                return 1L << 40;
        }

        if (!text.StartsWith("BYTE", StringComparison.Ordinal))
        {
            return 1;
        }

        long unit = 1;
        foreach (var factor in text.Split('*').Skip(1).Take(8))
        {
            var power = factor.Split('^');
            if (Number(power[0]) is not { } radix || radix is < 1 or > 1L << 40)
            {
                return 1;
            }

            var exponent = power.Length == 2 ? Number(power[1]) : 1;
            if (exponent is not (>= 0 and <= 60))
            {
                return 1;
            }

            for (var times = exponent.Value; times > 0; times--)
            {
                unit = Multiplied(unit, radix) is > 0 and < 1L << 60 and var product ? product : 1;
            }
        }

        return unit;
    }

    /// <summary>The declared encoding is read here: the XML reader knows fewer of them, and their names by other tables.</summary>
    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        var head = System.Text.Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 200)]);
        var at = head.StartsWith("<?xml", StringComparison.Ordinal) ? head.IndexOf("encoding=", StringComparison.Ordinal) : -1;
        var quote = at < 0 ? '\0' : head.ElementAtOrDefault(at + 9);
        var end = quote is '"' or '\'' ? head.IndexOf(quote, at + 10) : -1;
        return end > 0 && ForeignEncoding.Find(head[(at + 10)..end]) is { } encoding && !bytes.Contains((byte)0) ? encoding.GetString(bytes) : ForeignText.Read(bytes).Text;
    }

    private static XElement Load(string text)
    {
        try
        {
            using var lines = new StringReader(text);
            using var reader = XmlReader.Create(lines, new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = FormatLimits.OvfBytes,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
                IgnoreWhitespace = true,
            });
            using var shallow = new ShallowReader(reader, MaximumDepth);
            return XElement.Load(shallow);
        }
        catch (XmlException exception)
        {
            throw new VmwareFormatException($"the .ovf is no XML that can be read: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw new VmwareFormatException($"the .ovf is no XML that can be read: {exception.Message}", exception);
        }
    }

    private static OvfItem Item(XElement item) => new()
    {
        Id = Text(item, "InstanceID") ?? Text(item, "InstanceId") ?? string.Empty,
        ResourceType = (int)Math.Clamp(Number(Text(item, "ResourceType")) ?? 0, 0, 1000),
        SubType = Text(item, "ResourceSubType"),
        Parent = Text(item, "Parent"),
        AddressOnParent = Number(Text(item, "AddressOnParent")),
        Address = Text(item, "Address"),
        Quantity = Number(Text(item, "VirtualQuantity")),
        Units = Text(item, "AllocationUnits") ?? Text(item, "VirtualQuantityUnits"),
        HostResource = Text(item, "HostResource"),
        Connection = Text(item, "Connection"),
        IsConnected = !string.Equals(Text(item, "AutomaticAllocation"), "false", StringComparison.OrdinalIgnoreCase),
        CoresPerSocket = Number(Text(item, "CoresPerSocket")),
    };

    private static Dictionary<string, string> Settings(XElement? hardware)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in hardware?.Elements().Where(element => element.Name.LocalName is "Config" or "ExtraConfig").Take(FormatLimits.Members) ?? [])
        {
            if (Attribute(setting, "key") is { Length: > 0 } key)
            {
                settings[key.ToLowerInvariant()] = Attribute(setting, "value") ?? string.Empty;
            }
        }

        return settings;
    }

    private static IEnumerable<XElement> Of(XElement element, string name) => element.Elements().Where(child => child.Name.LocalName == name);

    private static string? Text(XElement element, string name) => Of(element, name).FirstOrDefault()?.Value.Trim() is { Length: > 0 } text ? text : null;

    private static string? Attribute(XElement element, string name) => element.Attributes().FirstOrDefault(attribute => attribute.Name.LocalName == name)?.Value.Trim();

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Multiplied(long first, long second)
    {
        var product = (Int128)first * second;
        return product <= long.MaxValue ? (long)product : null;
    }
}
