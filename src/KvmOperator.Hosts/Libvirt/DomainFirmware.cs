using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Where a guest's firmware and its UEFI variables are. Pure.</summary>
public static class DomainFirmware
{
    /// <summary>The file of the variables: the one that the definition names, else the one that libvirt makes for it. Null for a domain without, or with variables that are no file.</summary>
    public static string? Variables(XElement domain)
    {
        var os = domain.Element("os");
        var nvram = os?.Element("nvram");
        if (os is null
            || (string?)os.Element("loader")?.Attribute("stateless") == "yes"
            || (string?)nvram?.Attribute("type") is not (null or "file")
            || (nvram is null && (string?)os.Attribute("firmware") != "efi"))
        {
            return null;
        }

        var named = (string?)nvram?.Element("source")?.Attribute("file") ?? nvram?.Value.Trim();

        // libvirt's qemuDomainNVRAMPathFormat.
        return named is { Length: > 0 } ? named : $"/var/lib/libvirt/qemu/nvram/{(string?)domain.Element("name")}_VARS.fd";
    }

    /// <summary>The file of the firmware, which belongs to the host; null for a domain that takes QEMU's own.</summary>
    public static string? Program(XElement domain) => domain.Element("os")?.Element("loader")?.Value.Trim() is ['/', ..] path ? path : null;

    /// <summary>Whether the domain has its variables in this file, and libvirt leaves the file's owner alone there; true for a domain that has no such file.</summary>
    public static bool IsAt(XElement domain, string file) =>
        Variables(domain) is null
        || (domain.Element("os")?.Element("nvram")?.Element("source") is { } source
            && (string?)source.Attribute("file") == file
            && source.Elements("seclabel").Any(label => (string?)label.Attribute("model") == "dac" && (string?)label.Attribute("relabel") == "no"));

    /// <summary>
    /// Has the domain keep its variables in this file. libvirt makes it at the first start, and then leaves its owner as it is: a start that another host's lock refuses would take it from a running
    /// QEMU otherwise, as with disks (docs/adr/0001). Since libvirt 8.5.
    /// </summary>
    public static void Place(XElement domain, string file)
    {
        if (Variables(domain) is null)
        {
            return;
        }

        var os = domain.Element("os")!;
        var nvram = os.Element("nvram");
        if (nvram is null)
        {
            nvram = new XElement("nvram");
            (os.Elements("loader").LastOrDefault() ?? os.Elements("firmware").LastOrDefault() ?? os.Element("type")!).AddAfterSelf(nvram);
        }

        nvram.SetAttributeValue("type", "file");
        nvram.ReplaceNodes(new XElement("source", new XAttribute("file", file), new XElement("seclabel", new XAttribute("model", "dac"), new XAttribute("relabel", "no"))));
    }
}
