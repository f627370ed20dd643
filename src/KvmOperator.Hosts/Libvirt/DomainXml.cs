using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>What virt-install's XML still lacks before it is defined, and small device descriptions.</summary>
internal static class DomainXml
{
    /// <summary>Adds the owner's mark, the place of UEFI variables and, when there is one, the pool's processor model.</summary>
    public static string Complete(XElement domain, GuestDefinition guest)
    {
        var metadata = domain.Element("metadata");
        if (metadata is null)
        {
            metadata = new XElement("metadata");
            domain.Element("uuid")!.AddAfterSelf(metadata);
        }

        metadata.Add(new OwnerMarker(guest.Identity.Namespace, guest.Identity.Name).ToXml());
        if (guest.FirmwareVariables is { } file)
        {
            DomainFirmware.Place(domain, file);
        }

        if (guest.CpuXml is { } cpuXml)
        {
            var cpu = XElement.Parse(cpuXml);
            if (domain.Element("cpu") is { } existing)
            {
                existing.ReplaceWith(cpu);
            }
            else
            {
                domain.Element("features")!.AddAfterSelf(cpu);
            }
        }

        return domain.ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>A disk as libvirt describes it: no cache on the host, and an I/O error stops the guest instead of being shown to it.</summary>
    public static string Disk(GuestDisk disk) => new XElement(
        "disk",
        new XAttribute("type", "file"),
        new XAttribute("device", "disk"),
        new XElement(
            "driver",
            new XAttribute("name", "qemu"),
            new XAttribute("type", disk.Format),
            new XAttribute("cache", "none"),
            new XAttribute("io", "native"),
            new XAttribute("error_policy", "stop")),
        new XElement(
            "source",
            new XAttribute("file", disk.Path),
            new XElement("seclabel", new XAttribute("model", "dac"), new XAttribute("relabel", "no"))),
        new XElement("target", new XAttribute("dev", disk.Target), new XAttribute("bus", disk.Bus))).ToString(SaveOptions.DisableFormatting);

    /// <summary>A network interface as libvirt describes it.</summary>
    public static string Interface(GuestInterface networkInterface) => new XElement(
        "interface",
        new XAttribute("type", networkInterface.Bridge is null ? "network" : "bridge"),
        new XElement("mac", new XAttribute("address", networkInterface.MacAddress)),
        networkInterface.Bridge is { } bridge
            ? new XElement("source", new XAttribute("bridge", bridge))
            : new XElement("source", new XAttribute("network", networkInterface.Network ?? "default")),
        new XElement("model", new XAttribute("type", networkInterface.Model ?? GuestInterface.UsualModel))).ToString(SaveOptions.DisableFormatting);
}
