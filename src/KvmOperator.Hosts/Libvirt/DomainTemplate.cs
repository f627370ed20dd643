using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// What virt-install is asked to write down once for all guests of one shape, and how the definition of each of them is made from its answer. Pure.
/// The shape is all that decides which devices virt-install adds: operating system, firmware, and the kinds of disks and network interfaces. Name, UUID, memory, processors, files, networks and
/// addresses have placeholders, which are replaced where they stand; an answer in which they stand anywhere else gives no definition.
/// </summary>
internal sealed class DomainTemplate
{
    /// <summary>virt-install makes a storage pool for the folder of every disk, unless that is below <c>/dev</c> (its <c>diskbackend._can_auto_manage</c>). Only root makes folders there.</summary>
    private const string Folders = "/dev/kvm-operator";

    private const string PlaceholderNetwork = "kvm-operator-network";
    private const long MebiByte = 1024 * 1024;

    private static readonly DomainIdentity Placeholder = new("kvm-operator", "template");

    private readonly GuestDefinition sample;

    private DomainTemplate(GuestDefinition guest)
    {
        Key = Hash(VirtInstall.Arguments(WithFilesIn(guest, Folders)));
        Folder = $"{Folders}/{Key}";
        sample = WithFilesIn(guest, Folder);
    }

    /// <summary>The same for guests of the same shape; letters and digits.</summary>
    public string Key { get; }

    /// <summary>The folder of the placeholders' files, which must be there while virt-install runs.</summary>
    public string Folder { get; }

    /// <summary>The names of these files.</summary>
    public IReadOnlyList<string> Files => [.. sample.Disks.Select((_, index) => DiskFile(index)), .. sample.CloudInitImage is null ? Array.Empty<string>() : [CloudInitFile]];

    /// <summary>What virt-install is called with.</summary>
    public IReadOnlyList<string> Arguments => VirtInstall.Arguments(sample);

    private static string CloudInitFile => "cloud-init";

    /// <summary>The template of all guests of a guest's shape.</summary>
    public static DomainTemplate For(GuestDefinition guest) => new(guest with
    {
        Identity = Placeholder,
        Vcpus = 1,
        MaximumVcpus = 4,
        MemoryBytes = 1234 * MebiByte,
        MaximumMemoryBytes = 1234 * MebiByte,
        Interfaces =
        [
            .. guest.Interfaces.Select((one, index) => one with
            {
                Network = one.Bridge is null ? $"{PlaceholderNetwork}{index}" : null,
                Bridge = one.Bridge is null ? null : $"{PlaceholderNetwork}{index}",
                MacAddress = string.Create(CultureInfo.InvariantCulture, $"52:54:00:00:00:{index:x2}"),
            }),
        ],
    });

    /// <summary>The template of one guest alone, for what cannot be made from that of its shape: only its files are placeholders.</summary>
    public static DomainTemplate OnlyFor(GuestDefinition guest) => new(guest);

    /// <summary>The definition of a guest, as virt-install would have written it down for that very guest; null when the answer has placeholders where nobody expects them.</summary>
    /// <param name="answer">What virt-install printed.</param>
    /// <param name="guest">A guest of this shape.</param>
    public XElement? Fill(string answer, GuestDefinition guest)
    {
        // With several boot phases virt-install prints several documents; the last one is what stays.
        var start = answer.LastIndexOf("<domain", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var domain = XElement.Parse(answer[start..]);
        return FillIdentity(domain, guest) && FillMemory(domain, guest) && FillProcessors(domain, guest) && FillDisks(domain, guest) && FillInterfaces(domain, guest) && !HasPlaceholders(domain, guest)
            ? domain
            : null;
    }

    private static GuestDefinition WithFilesIn(GuestDefinition guest, string folder) => guest with
    {
        Disks = [.. guest.Disks.Select((disk, index) => disk with { Path = $"{folder}/{DiskFile(index)}" })],
        CloudInitImage = guest.CloudInitImage is null ? null : $"{folder}/{CloudInitFile}",
        CpuXml = null,
    };

    private static string DiskFile(int index) => string.Create(CultureInfo.InvariantCulture, $"disk{index}");

    private static string Hash(IEnumerable<string> arguments) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', arguments))))[..32];

    private static long KibiBytes(long bytes) => bytes / MebiByte * 1024;

    private static bool Replace(XElement? element, string before, string after)
    {
        if (element is null || element.HasElements || element.Value != before)
        {
            return false;
        }

        element.Value = after;
        return true;
    }

    private static bool Replace(XAttribute? attribute, string before, string after)
    {
        if (attribute?.Value != before)
        {
            return false;
        }

        attribute.Value = after;
        return true;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Most(GuestDefinition guest) => Number(Math.Max(guest.Vcpus, guest.MaximumVcpus));

    private bool FillIdentity(XElement domain, GuestDefinition guest) =>
        Replace(domain.Element("name"), sample.Identity.DomainName, guest.Identity.DomainName)
        && Replace(domain.Element("uuid"), sample.Identity.Uuid.ToString(), guest.Identity.Uuid.ToString());

    private bool FillMemory(XElement domain, GuestDefinition guest)
    {
        var (memory, current) = (domain.Element("memory"), domain.Element("currentMemory"));
        return (string?)memory?.Attribute("unit") is null or "KiB"
            && (string?)current?.Attribute("unit") is null or "KiB"
            && Replace(memory, Number(KibiBytes(Math.Max(sample.MemoryBytes, sample.MaximumMemoryBytes))), Number(KibiBytes(Math.Max(guest.MemoryBytes, guest.MaximumMemoryBytes))))
            && Replace(current, Number(KibiBytes(sample.MemoryBytes)), Number(KibiBytes(guest.MemoryBytes)));
    }

    private bool FillProcessors(XElement domain, GuestDefinition guest)
    {
        var vcpu = domain.Element("vcpu");

        // What else says how many there are is virt-install's to compute.
        var isPlain = domain.Element("vcpus") is null && domain.Element("cpu")?.Element("topology") is null && domain.Element("cpu")?.Element("numa") is null;
        return (isPlain || (Most(sample), sample.Vcpus) == (Most(guest), guest.Vcpus))
            && Replace(vcpu, Most(sample), Most(guest))
            && Replace(vcpu?.Attribute("current"), Number(sample.Vcpus), Number(guest.Vcpus));
    }

    private bool FillDisks(XElement domain, GuestDefinition guest)
    {
        var files = sample.Disks.Select(disk => disk.Path).Append(sample.CloudInitImage).OfType<string>();
        var wanted = guest.Disks.Select(disk => disk.Path).Append(guest.CloudInitImage).OfType<string>();
        var sources = domain.Elements("devices").Elements("disk").Elements("source").Attributes("file").ToList();
        return files.Zip(wanted).All(pair => Replace(sources.SingleOrDefault(source => source.Value == pair.First), pair.First, pair.Second));
    }

    private bool FillInterfaces(XElement domain, GuestDefinition guest)
    {
        var cards = domain.Elements("devices").Elements("interface").ToList();
        return cards.Count == sample.Interfaces.Count && cards.Zip(sample.Interfaces.Zip(guest.Interfaces)).All(pair =>
        {
            var (card, (before, after)) = pair;
            var source = card.Element("source");
            return Replace(card.Element("mac")?.Attribute("address"), before.MacAddress, after.MacAddress)
                && (before.Bridge is null
                    ? Replace(source?.Attribute("network"), before.Network ?? "default", after.Network ?? "default")
                    : Replace(source?.Attribute("bridge"), before.Bridge, after.Bridge!));
        });
    }

    /// <summary>Whether something of the sample is left that the guest does not have: virt-install made something of it that is not known here.</summary>
    private bool HasPlaceholders(XElement domain, GuestDefinition guest)
    {
        List<string> placeholders = [Folder];
        if (!sample.Identity.Equals(guest.Identity))
        {
            placeholders.AddRange([sample.Identity.DomainName, sample.Identity.Uuid.ToString(), PlaceholderNetwork]);
        }

        var values = domain.DescendantsAndSelf().Attributes().Select(attribute => attribute.Value).Concat(domain.DescendantNodes().OfType<XText>().Select(text => text.Value));
        return values.Any(value => placeholders.Exists(placeholder => value.Contains(placeholder, StringComparison.Ordinal)));
    }
}
