using System.Xml;
using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Kept;

/// <summary>A guest's definition as it is kept: all of it but its secrets. Pure.</summary>
/// <param name="Xml">The definition.</param>
/// <param name="Name">The domain's name.</param>
/// <param name="Uuid">Its UUID.</param>
/// <param name="Owner">Whose it is; null for nobody's.</param>
/// <param name="HasTpm">Whether it has an emulated TPM, whose state is on its host.</param>
/// <param name="OfItsHost">What it uses that another host has not, or has another one under the same name: devices, and disks that are neither files nor on the network.</param>
public sealed record KeptDefinition(string Xml, string Name, Guid Uuid, OwnerMarker? Owner, bool HasTpm, IReadOnlyList<string> OfItsHost)
{
    /// <summary>What is kept of a definition that libvirt gave with its secrets: where there was a console's password, access is off until a person sets a new one.</summary>
    /// <exception cref="XmlException">It is no definition.</exception>
    public static KeptDefinition Of(string definitionXml)
    {
        var domain = XElement.Parse(definitionXml);
        foreach (var password in domain.DescendantsAndSelf().Attributes("passwd").ToList())
        {
            // Without the attribute the console would be open to everybody. libvirt takes an empty password for one that has expired.
            password.Value = string.Empty;
            password.Parent!.Attributes("passwdValidTo").Remove();
        }

        // A web server's cookies are a login to it.
        domain.Descendants("source").Elements("cookies").Remove();
        return Read(domain);
    }

    /// <summary>Reads what was kept; null when that is no definition of a domain.</summary>
    public static KeptDefinition? Parse(string text)
    {
        try
        {
            return Guid.TryParse((string?)XElement.Parse(text).Element("uuid"), out _) ? Read(XElement.Parse(text)) : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>
    /// The definition from which the guest is made again. Machine type, devices and their addresses are what they were. The processor may be one that the hosts of today do not have: it becomes
    /// the one of the pool, with what else the element says of the guest.
    /// </summary>
    /// <param name="cpuXml">The <c>cpu</c> element of the pool; null to leave the guest its own.</param>
    public string Again(string? cpuXml)
    {
        if (cpuXml is null)
        {
            return Xml;
        }

        var domain = XElement.Parse(Xml);
        var cpu = XElement.Parse(cpuXml);
        if (domain.Element("cpu") is { } before)
        {
            foreach (var part in before.Elements().Where(part => part.Name.LocalName is "topology" or "numa" && cpu.Element(part.Name) is null))
            {
                cpu.Add(new XElement(part));
            }

            before.ReplaceWith(cpu);
        }
        else
        {
            domain.Add(cpu);
        }

        return domain.ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>Whether a domain has a TPM whose state is on its host.</summary>
    internal static bool HasEmulatedTpm(XElement domain) =>
        domain.Elements("devices").Elements("tpm").Elements("backend").Any(backend => (string?)backend.Attribute("type") == "emulator");

    private static KeptDefinition Read(XElement domain)
    {
        var needs = MigrationNeeds.Of(domain, domain, hasSavedState: false);
        return new KeptDefinition(
            domain.ToString(),
            needs.Name,
            (Guid)domain.Element("uuid")!,
            OwnerMarker.Find(domain),
            HasEmulatedTpm(domain),
            [.. needs.HostDisks.Select(disk => $"disk {disk}"), .. needs.HostDevices ? ["a device of its host"] : Array.Empty<string>()]);
    }
}
