using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// The machine that a guest sees, and the program that makes it. A guest keeps both: libvirt writes the version of the QEMU that it was made with into its definition, and an older QEMU, or
/// one of another distribution, does not know it.
/// </summary>
/// <param name="Type">The machine's type with its version, such as <c>pc-q35-7.2</c>.</param>
/// <param name="Architecture">The architecture; null for that of the host.</param>
/// <param name="Emulator">The path of QEMU; null for the host's own.</param>
/// <param name="Virtualization">How it is run, such as <c>kvm</c>.</param>
internal sealed record GuestMachine(string Type, string? Architecture, string? Emulator, string Virtualization)
{
    /// <summary>What a domain has; null when its XML names no machine.</summary>
    public static GuestMachine? Of(XElement domain) => domain.Element("os")?.Element("type") is { } type && (string?)type.Attribute("machine") is { } machine
        ? new GuestMachine(machine, (string?)type.Attribute("arch"), domain.Element("devices")?.Element("emulator")?.Value.Trim(), (string?)domain.Attribute("type") ?? "kvm")
        : null;

    /// <summary>The arguments of <c>virsh domcapabilities</c> that ask a host for it.</summary>
    public IReadOnlyList<string> Question =>
    [
        "domcapabilities", "--virttype", Virtualization, "--machine", Type,
        .. Architecture is null ? Array.Empty<string>() : ["--arch", Architecture],
        .. Emulator is null ? Array.Empty<string>() : ["--emulatorbin", Emulator],
    ];

    /// <summary>
    /// Whether what virsh printed means that the host does not have it. The words are those of libvirt's <c>virQEMUCapsCacheLookupDefault</c> and <c>virQEMUCapsNewForBinaryInternal</c>; any other
    /// failure says nothing about the machine.
    /// </summary>
    public static bool IsRefusal(string error) =>
        error.Contains("is not supported by emulator", StringComparison.Ordinal)
        || error.Contains("does not support machine type", StringComparison.Ordinal)
        || error.Contains("Cannot check QEMU binary", StringComparison.Ordinal);
}
