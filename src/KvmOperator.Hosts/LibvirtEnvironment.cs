namespace KvmOperator.Hosts;

/// <summary>
/// Which libvirt a host's tools ask: its own system one. A profile of the user and <c>uri_default</c> in libvirt.conf may name another, whose guests would be taken for this host's.
/// The environment counts before the file (virConnectOpen), and virsh's own variable before both (virsh(1)).
/// </summary>
internal static class LibvirtEnvironment
{
    /// <summary>The host's own system connection.</summary>
    public const string Uri = "qemu:///system";

    /// <summary>As assignments for env(1) and <c>systemd-run --setenv</c>.</summary>
    public static IReadOnlyList<string> Variables { get; } = [$"LIBVIRT_DEFAULT_URI={Uri}", $"VIRSH_DEFAULT_CONNECT_URI={Uri}"];
}
