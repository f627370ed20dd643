namespace KvmOperator.Api;

/// <summary>
/// What texts in a spec have to look like, as regular expressions that Kubernetes (RE2) and .NET read alike. They are strict because most of these
/// texts reach a machine.
/// </summary>
public static class Patterns
{
    /// <summary>An IP address or a DNS name.</summary>
    public const string Address = "^[A-Za-z0-9:]([A-Za-z0-9.:-]*[A-Za-z0-9])?$";

    /// <summary>An IP address: four numbers, or the hexadecimal groups of version 6.</summary>
    public const string IpAddress =
        @"^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7})$";

    /// <summary>The name of a Kubernetes object (RFC 1123 subdomain).</summary>
    public const string ObjectName = @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>A short name: a pool, a disk, a group (RFC 1123 label).</summary>
    public const string Label = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

    /// <summary>A POSIX user name (useradd(8)).</summary>
    public const string UserName = "^[a-z_][a-z0-9_-]*$";

    /// <summary>An OpenSSH public key as in known_hosts, without host names and comment (sshd(8)).</summary>
    public const string HostKey = "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$";

    /// <summary>An absolute path of plain characters: it is written into exports(5), mount units and libvirt's XML.</summary>
    public const string PlainPath = "^(/[A-Za-z0-9_@+][A-Za-z0-9._@+-]*)+$";

    /// <summary>An absolute path that may contain spaces and letters of any script, as VMware's folders do. Control characters are not allowed.</summary>
    public const string AnyPath = @"^/[^\x00-\x1f\x7f]+$";

    /// <summary>A file's name, without a folder. Control characters are not allowed.</summary>
    public const string FileName = @"^[^\x00-\x1f\x7f/]+$";

    /// <summary>A disk's place in a VMware machine.</summary>
    public const string VmwareSlot = "^((scsi|sata|nvme|ide)[0-9]{1,2}:[0-9]{1,3}|(usb_xhci|usb|ehci):[0-9]{1,3})$";

    /// <summary>The id of a concern about an import.</summary>
    public const string ConcernId = "^[A-Za-z][A-Za-z0-9]*$";

    /// <summary>Folders without which a machine does not run: at or below the first ones, exactly the last ones.</summary>
    public const string SystemFolder = "^/((bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|run|sbin|sys|usr|var/run)(/.*)?|home|root|tmp|var|var/lib)$";

    /// <summary>The beginning of an option of nfs(5) that says the version: v3, v4.2, vers=…, nfsvers=…, minorversion=….</summary>
    public const string VersionOption = "^(v[0-9]|vers=|nfsvers=|minorversion=)";

    /// <summary>A path below a store, of plain characters.</summary>
    public const string RelativePath = "^[A-Za-z0-9_@+][A-Za-z0-9._@+-]*(/[A-Za-z0-9_@+][A-Za-z0-9._@+-]*)*$";

    /// <summary>An option of exports(5) or nfs(5): a word, or a word with a value.</summary>
    public const string Option = "^[a-z][a-z0-9_]*(=[A-Za-z0-9._:/@-]+)?$";

    /// <summary>An Ethernet address of a single station.</summary>
    public const string MacAddress = "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$";

    /// <summary>The name of a libvirt network.</summary>
    public const string NetworkName = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";

    /// <summary>The name of a network interface (15 characters at most).</summary>
    public const string InterfaceName = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";

    /// <summary>The name of a fence agent.</summary>
    public const string FenceAgent = "^fence_[a-z0-9_]+$";

    /// <summary>A value given to a fence agent on its standard input: one line.</summary>
    public const string OneLine = @"^[^\x00-\x1f\x7f]*$";

    /// <summary>An operating system's name in libosinfo, as <c>virt-install --osinfo</c> takes it.</summary>
    public const string OperatingSystem = "^[a-z0-9][a-z0-9._-]*$";

    /// <summary>The first part of a version of NFS.</summary>
    public const string NfsVersion = @"^(3|4|4\.[0-2])$";
}
