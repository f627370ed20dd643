using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// Devices with which libvirt (qemuMigrationSrcIsAllowed) or QEMU (its migration blockers) moves no running guest, beside those that are the host's own. What these are is told before a
/// move begins, because libvirt names them only when it ends. Pure.
/// </summary>
internal static class UnmovableDevice
{
    /// <summary>Those of a domain as it runs, each by what it is, such as <c>shmem s0</c>.</summary>
    public static IReadOnlyList<string> In(XElement domain)
    {
        var devices = domain.Element("devices");
        return [.. devices?.Elements().Select(Name).OfType<string>() ?? [], .. OfTheWhole(domain)];
    }

    private static IEnumerable<string> OfTheWhole(XElement domain)
    {
        if (domain.Element("launchSecurity") is { } security)
        {
            yield return $"launchSecurity {(string?)security.Attribute("type")}".TrimEnd();
        }
    }

    private static string? Name(XElement device) => device.Name.LocalName switch
    {
        // A plain one whose content its owner takes along is the only kind that QEMU moves.
        "shmem" when (string?)device.Element("model")?.Attribute("type") is not ("ivshmem-plain" or "ivshmem-doorbell") || (string?)device.Attribute("role") != "master" =>
            Words("shmem", (string?)device.Attribute("name")),
        "filesystem" => Words("filesystem", (string?)device.Element("target")?.Attribute("dir")),
        "tpm" when (string?)device.Element("backend")?.Attribute("type") is "passthrough" or "external" => Words("tpm", (string?)device.Element("backend")!.Attribute("type")),
        "smartcard" when (string?)device.Attribute("mode") is "host" or "host-certificates" => Words("smartcard", (string?)device.Attribute("mode")),
        "memory" when (string?)device.Attribute("model") is "nvdimm" or "virtio-pmem" or "sgx-epc" => Words("memory", (string?)device.Attribute("model")),
        "disk" when (string?)device.Attribute("type") is "vhostuser" or "vhostvdpa" => Words("disk", (string?)device.Element("target")?.Attribute("dev")),
        "serial" or "parallel" or "console" when (string?)device.Attribute("type") == "dev" => Words(device.Name.LocalName, (string?)device.Element("source")?.Attribute("path")),
        "video" when (string?)device.Element("model")?.Element("acceleration")?.Attribute("accel3d") == "yes" => "video accel3d",
        _ => null,
    };

    private static string Words(string kind, string? name) => $"{kind} {name}".TrimEnd();
}
