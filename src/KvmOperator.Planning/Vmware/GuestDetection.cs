using System.Text.RegularExpressions;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Says what a guest is. What VMware Tools reported from within counts before what a person chose when the machine was made.</summary>
public static partial class GuestDetection
{
    private static readonly (GuestFamily Family, string[] Words)[] Reported =
    [
        (GuestFamily.Debian, ["ubuntu", "debian", "kali", "linux mint", "linuxmint", "raspbian", "pop!_os", "devuan", "deepin", "elementary"]),
        (GuestFamily.RedHat, ["red hat", "rhel", "centos", "rocky", "alma", "oracle linux", "fedora", "scientific linux", "amazon linux", "anolis", "openeuler", "kylin", "tencentos", "redhat"]),
        (GuestFamily.Suse, ["suse", "sles"]),
        (GuestFamily.Windows, ["windows"]),
        (GuestFamily.MacOs, ["macos", "mac os", "darwin"]),
        (GuestFamily.Bsd, ["freebsd", "openbsd", "netbsd"]),
    ];

    private static readonly (GuestFamily Family, string[] Prefixes)[] Chosen =
    [
        (GuestFamily.Debian, ["ubuntu", "debian", "linuxmint"]),
        (GuestFamily.RedHat, ["rhel", "centos", "oraclelinux", "fedora", "redhat", "rockylinux", "almalinux", "amazonlinux", "asianux"]),
        (GuestFamily.Suse, ["sles", "suse", "opensuse", "sjds", "nld9", "oes"]),
        (GuestFamily.Windows, ["win", "longhorn"]),
        (GuestFamily.MacOs, ["darwin", "macos"]),
        (GuestFamily.Bsd, ["freebsd", "openbsd", "netbsd"]),
        (GuestFamily.OtherLinux, ["linux", "otherlinux", "other24xlinux", "other26xlinux", "other3xlinux", "other4xlinux", "other5xlinux", "other6xlinux", "other7xlinux", "mandrake", "mandriva", "turbolinux", "coreos", "vmware-photon", "crxpod", "gentoo", "arch"]),
    ];

    /// <summary>What a .vmx says about its guest.</summary>
    public static SourceGuest Read(VmxFile file) => Of(file.Text("guestOS"), file.Text("guestInfo.detailed.data") ?? file.Text("guestOS.detailed.data"));

    /// <summary>What a guest is.</summary>
    /// <param name="id">VMware's word for it.</param>
    /// <param name="report">What VMware Tools reported: <c>distroName='CentOS Linux' distroVersion='7' …</c>.</param>
    public static SourceGuest Of(string? id, string? report)
    {
        var told = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Pair().Matches(report ?? string.Empty))
        {
            _ = told.TryAdd(match.Groups["key"].Value, match.Groups["value"].Value);
        }

        var word = id?.ToLowerInvariant() ?? string.Empty;
        var isArm = word.StartsWith("arm", StringComparison.Ordinal) || (told.GetValueOrDefault("architecture") ?? string.Empty).StartsWith("arm", StringComparison.OrdinalIgnoreCase);
        word = word.StartsWith("arm-", StringComparison.Ordinal) ? word[4..] : word;
        var told2 = $"{told.GetValueOrDefault("distroName")} {told.GetValueOrDefault("prettyName")} {told.GetValueOrDefault("cpeString")}".ToLowerInvariant();
        var family = Reported.FirstOrDefault(pair => pair.Words.Any(one => told2.Contains(one, StringComparison.Ordinal))).Family;
        if (family == GuestFamily.Unknown && string.Equals(told.GetValueOrDefault("familyName"), "Linux", StringComparison.OrdinalIgnoreCase))
        {
            family = GuestFamily.OtherLinux;
        }

        if (family == GuestFamily.Unknown)
        {
            family = Chosen.FirstOrDefault(pair => pair.Prefixes.Any(prefix => word.StartsWith(prefix, StringComparison.Ordinal))).Family;
        }

        if (family == GuestFamily.Unknown && word.StartsWith("other", StringComparison.Ordinal) && !word.Contains("linux", StringComparison.Ordinal))
        {
            family = GuestFamily.Other;
        }

        return new SourceGuest
        {
            Id = id,
            Family = family,
            Name = told.GetValueOrDefault("prettyName") ?? told.GetValueOrDefault("distroName"),
            Version = told.GetValueOrDefault("distroVersion"),
            Kernel = told.GetValueOrDefault("kernelVersion"),
            Is64Bit = told.TryGetValue("bitness", out var bits) ? bits == "64" : word.EndsWith("-64", StringComparison.Ordinal) || word.EndsWith("_64guest", StringComparison.Ordinal) || word.EndsWith("64guest", StringComparison.Ordinal),
            IsArm = isArm,
        };
    }

    [GeneratedRegex(@"(?<key>\w{1,40})='(?<value>[^']{0,400})'", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pair();
}
