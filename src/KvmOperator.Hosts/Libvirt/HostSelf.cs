using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Who a host is to the libvirts of others. Two that are the same in one of these take each other for themselves and refuse every move between them (qemu_migration_cookie.c).</summary>
/// <param name="HostName">Its name, as its libvirt says it.</param>
/// <param name="Uuid">Its UUID: libvirtd.conf's <c>host_uuid</c>, else the board's. Empty when it has none.</param>
internal sealed record HostSelf(string HostName, string Uuid)
{
    /// <summary>Out of what libvirt prints.</summary>
    public static HostSelf Of(string hostName, string capabilities) =>
        new(hostName.Trim(), ((string?)XElement.Parse(capabilities).Element("host")?.Element("uuid"))?.Trim() ?? string.Empty);

    /// <summary>What is the same of another host, in words; null when nothing is.</summary>
    public string? SharedWith(HostSelf other)
    {
        if (Uuid.Length > 0 && string.Equals(Uuid, other.Uuid, StringComparison.OrdinalIgnoreCase))
        {
            return $"the UUID {Uuid}";
        }

        return HostName.Length > 0 && string.Equals(HostName, other.HostName, StringComparison.OrdinalIgnoreCase) ? $"the hostname {HostName}" : null;
    }
}
