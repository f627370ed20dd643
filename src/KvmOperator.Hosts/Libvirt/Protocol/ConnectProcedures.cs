namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What concerns libvirt as a whole. Each method is one procedure of libvirt's protocol; all exceptions of <see cref="LibvirtConnection"/> apply to each.</summary>
public static class ConnectProcedures
{
    /// <summary>How libvirt wants to know who connects. Has to be the first call.</summary>
    public static Task<IReadOnlyList<LibvirtAuthentication>> ListAuthenticationsAsync(this LibvirtConnection connection, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.AuthList,
            static _ => { },
            static reader => reader.List(ProtocolLimits.AuthenticationTypes, 4, static reader => (LibvirtAuthentication)reader.Integer()),
            CallKind.Question,
            cancellationToken);

    /// <summary>Opens the driver that all other calls go to.</summary>
    public static Task OpenDriverAsync(this LibvirtConnection connection, string uri, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectOpen, writer => writer.OptionalText(uri).Unsigned(0), CallKind.Question, cancellationToken);

    /// <summary>Says good-bye.</summary>
    public static Task CloseDriverAsync(this LibvirtConnection connection, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectClose, static _ => { }, CallKind.Close, cancellationToken);

    /// <summary>Whether libvirt knows something that not every version knows.</summary>
    public static Task<bool> SupportsFeatureAsync(this LibvirtConnection connection, LibvirtFeature feature, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectSupportsFeature,
            writer => writer.Integer((int)feature),
            static reader => reader.Integer() != 0,
            CallKind.Question,
            cancellationToken);

    /// <summary>libvirt's version, as in <c>virsh version</c>.</summary>
    public static Task<Version> GetLibraryVersionAsync(this LibvirtConnection connection, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectGetLibVersion, static _ => { }, ReadVersion, CallKind.Question, cancellationToken);

    /// <summary>QEMU's version, as in <c>virsh version</c>.</summary>
    public static Task<Version> GetHypervisorVersionAsync(this LibvirtConnection connection, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectGetVersion, static _ => { }, ReadVersion, CallKind.Question, cancellationToken);

    /// <summary>The host's own name, as in <c>virsh hostname</c>.</summary>
    public static Task<string> GetHostNameAsync(this LibvirtConnection connection, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectGetHostname, static _ => { }, static reader => reader.Text(), CallKind.Question, cancellationToken);

    /// <summary>What the host is and can, as XML. As <c>virsh capabilities</c>.</summary>
    public static Task<string> GetCapabilitiesAsync(this LibvirtConnection connection, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectGetCapabilities, static _ => { }, static reader => reader.Text(), CallKind.Question, cancellationToken);

    /// <summary>What guests can have here, as XML; null takes the default. As <c>virsh domcapabilities</c>.</summary>
    public static Task<string> GetDomainCapabilitiesAsync(
        this LibvirtConnection connection, string? emulator, string? architecture, string? machine, string? virtualization, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectGetDomainCapabilities,
            writer => writer.OptionalText(emulator).OptionalText(architecture).OptionalText(machine).OptionalText(virtualization).Unsigned(0),
            static reader => reader.Text(),
            CallKind.Question,
            cancellationToken);

    /// <summary>Whether guests here can have a processor. As <c>virsh hypervisor-cpu-compare</c>.</summary>
    public static Task<CpuComparison> CompareHypervisorCpuAsync(
        this LibvirtConnection connection, string? emulator, string? architecture, string? machine, string? virtualization, string cpuXml, CpuCompareFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectCompareHypervisorCpu,
            writer => writer.OptionalText(emulator).OptionalText(architecture).OptionalText(machine).OptionalText(virtualization).Text(cpuXml).Unsigned((uint)flags),
            static reader => (CpuComparison)reader.Integer(),
            CallKind.Question,
            cancellationToken);

    /// <summary>The richest processor that all of these can give. As <c>virsh hypervisor-cpu-baseline</c>.</summary>
    public static Task<string> BaselineHypervisorCpuAsync(
        this LibvirtConnection connection, string? emulator, string? architecture, string? machine, string? virtualization, IReadOnlyCollection<string> cpuXmls, CpuBaselineFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectBaselineHypervisorCpu,
            writer => writer.OptionalText(emulator).OptionalText(architecture).OptionalText(machine).OptionalText(virtualization)
                .List(cpuXmls, ProtocolLimits.Processors, static (writer, cpuXml) => writer.Text(cpuXml)).Unsigned((uint)flags),
            static reader => reader.Text(),
            CallKind.Question,
            cancellationToken);

    /// <summary>Has all events of a kind told, of every domain, from now on.</summary>
    public static Task<int> RegisterEventAsync(this LibvirtConnection connection, DomainEventKind kind, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectDomainEventCallbackRegisterAny,
            writer => writer.Integer((int)kind).Unsigned(0),
            static reader => reader.Integer(),
            CallKind.Question,
            cancellationToken);

    /// <summary>Has the events of a registration told no more.</summary>
    public static Task DeregisterEventAsync(this LibvirtConnection connection, int registration, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.ConnectDomainEventCallbackDeregisterAny, writer => writer.Integer(registration), CallKind.Question, cancellationToken);

    /// <summary>libvirt writes 9.1.2 as 9001002.</summary>
    private static Version ReadVersion(XdrReader reader)
    {
        var number = reader.UnsignedLong();
        return number <= int.MaxValue ? new Version((int)number / 1_000_000, (int)number / 1_000 % 1_000, (int)number % 1_000) : throw new LibvirtProtocolException($"{number} is no version.");
    }
}
