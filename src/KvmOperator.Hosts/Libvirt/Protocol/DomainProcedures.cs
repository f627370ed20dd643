namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What concerns domains. Each method is one procedure of libvirt's protocol; all exceptions of <see cref="LibvirtConnection"/> apply to each.</summary>
public static class DomainProcedures
{
    /// <summary>The domains of the host, as <c>virsh list</c>.</summary>
    public static Task<IReadOnlyList<LibvirtDomain>> ListDomainsAsync(this LibvirtConnection connection, DomainListFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectListAllDomains,
            writer => writer.Integer(1).Unsigned((uint)flags),
            static reader => reader.CountedList(ProtocolLimits.Domains, LibvirtDomain.Smallest, LibvirtDomain.Read),
            CallKind.Question,
            cancellationToken);

    /// <summary>What is counted for domains, for all when none is named. As <c>virsh domstats --raw</c>.</summary>
    public static Task<IReadOnlyList<DomainStatistics>> GetAllStatisticsAsync(
        this LibvirtConnection connection, IReadOnlyCollection<LibvirtDomain> domains, DomainStatsTypes types, DomainStatsFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectGetAllDomainStats,
            writer => writer.List(domains, ProtocolLimits.Domains, static (writer, domain) => writer.Domain(domain)).Unsigned((uint)types).Unsigned((uint)flags),
            static reader => reader.List(ProtocolLimits.Domains, LibvirtDomain.Smallest + 4, ReadStatistics),
            CallKind.Question,
            cancellationToken);

    /// <summary>Looks a domain up. <see cref="LibvirtErrorCode.NoDomain"/> when there is none.</summary>
    public static Task<LibvirtDomain> FindAsync(this LibvirtConnection connection, Guid uuid, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainLookupByUuid, writer => writer.Uuid(uuid), LibvirtDomain.Read, CallKind.Question, cancellationToken);

    /// <summary>Looks a domain up. <see cref="LibvirtErrorCode.NoDomain"/> when there is none.</summary>
    public static Task<LibvirtDomain> FindAsync(this LibvirtConnection connection, string name, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainLookupByName, writer => writer.Text(name), LibvirtDomain.Read, CallKind.Question, cancellationToken);

    /// <summary>A domain's XML, as <c>virsh dumpxml</c>.</summary>
    public static Task<string> GetXmlAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainXmlFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainGetXmlDesc,
            writer => writer.Domain(domain).Unsigned((uint)flags),
            static reader => reader.Text(),
            CallKind.Question,
            cancellationToken);

    /// <summary>A domain's state, as <c>virsh domstate --reason</c>.</summary>
    public static Task<DomainStateAndReason> GetStateAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainGetState,
            writer => writer.Domain(domain).Unsigned(0),
            static reader => new DomainStateAndReason((DomainState)reader.Integer(), reader.Integer()),
            CallKind.Question,
            cancellationToken);

    /// <summary>Whether libvirt is at work on a running domain at this moment, as <c>virsh domcontrol</c>: also for a caller who is gone.</summary>
    /// <exception cref="LibvirtException">It does not run: <see cref="LibvirtErrorCode.OperationInvalid"/>.</exception>
    public static Task<DomainControl> GetControlAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainGetControlInfo,
            writer => writer.Domain(domain).Unsigned(0),
            static reader => new DomainControl((DomainControlState)reader.Unsigned(), reader.Unsigned(), TimeSpan.FromMilliseconds(Math.Min(reader.UnsignedLong(), int.MaxValue))),
            CallKind.Question,
            cancellationToken);

    /// <summary>Whether a domain runs.</summary>
    public static Task<bool> IsActiveAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainIsActive, writer => writer.Domain(domain), static reader => reader.Integer() != 0, CallKind.Question, cancellationToken);

    /// <summary>Whether a domain has a definition, so that it is still there after its end.</summary>
    public static Task<bool> IsPersistentAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainIsPersistent, writer => writer.Domain(domain), static reader => reader.Integer() != 0, CallKind.Question, cancellationToken);

    /// <summary>Defines a domain, or changes the definition of one with the same name and UUID. As <c>virsh define</c>.</summary>
    public static Task<LibvirtDomain> DefineAsync(this LibvirtConnection connection, string xml, DomainDefineFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainDefineXmlFlags, writer => writer.Text(xml).Unsigned((uint)flags), LibvirtDomain.Read, CallKind.Change, cancellationToken);

    /// <summary>Removes a definition, as <c>virsh undefine</c>.</summary>
    public static Task UndefineAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainUndefineFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainUndefineFlags, writer => writer.Domain(domain).Unsigned((uint)flags), CallKind.Change, cancellationToken);

    /// <summary>Whether libvirt starts a domain by itself.</summary>
    public static Task<bool> GetAutostartAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainGetAutostart, writer => writer.Domain(domain), static reader => reader.Integer() != 0, CallKind.Question, cancellationToken);

    /// <summary>Whether libvirt shall start a domain by itself, as <c>virsh autostart</c>.</summary>
    public static Task SetAutostartAsync(this LibvirtConnection connection, LibvirtDomain domain, bool autostart, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainSetAutostart, writer => writer.Domain(domain).Integer(autostart ? 1 : 0), CallKind.Change, cancellationToken);

    /// <summary>A piece of a domain's metadata, as <c>virsh metadata</c>. <see cref="LibvirtErrorCode.NoDomainMetadata"/> when there is none.</summary>
    public static Task<string> GetMetadataAsync(
        this LibvirtConnection connection, LibvirtDomain domain, DomainMetadataKind kind, string? uri, DomainAffect affect, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainGetMetadata,
            writer => writer.Domain(domain).Integer((int)kind).OptionalText(uri).Unsigned((uint)affect),
            static reader => reader.Text(),
            CallKind.Question,
            cancellationToken);

    /// <summary>Writes a piece of a domain's metadata, or removes it when there is none. As <c>virsh metadata</c>.</summary>
    public static Task SetMetadataAsync(
        this LibvirtConnection connection, LibvirtDomain domain, DomainMetadataKind kind, string? metadata, string? key, string? uri, DomainAffect affect, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainSetMetadata,
            writer => writer.Domain(domain).Integer((int)kind).OptionalText(metadata).OptionalText(key).OptionalText(uri).Unsigned((uint)affect),
            CallKind.Change,
            cancellationToken);

    /// <summary>Starts a domain, as <c>virsh start</c>.</summary>
    public static Task<LibvirtDomain> StartAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainStartFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainCreateWithFlags,
            writer => writer.Domain(domain).Unsigned((uint)flags),
            LibvirtDomain.Read,
            CallKind.Start,
            cancellationToken);

    /// <summary>Asks the guest to shut down, as <c>virsh shutdown</c>.</summary>
    public static Task ShutdownAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainShutdownFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainShutdownFlags, writer => writer.Domain(domain).Unsigned((uint)flags), CallKind.Change, cancellationToken);

    /// <summary>Ends the guest, as <c>virsh destroy</c>.</summary>
    public static Task DestroyAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainDestroyFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainDestroyFlags, writer => writer.Domain(domain).Unsigned((uint)flags), CallKind.Change, cancellationToken);

    /// <summary>Lets the guest stand still, as <c>virsh suspend</c>.</summary>
    public static Task SuspendAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainSuspend, writer => writer.Domain(domain), CallKind.Change, cancellationToken);

    /// <summary>Lets the guest go on, as <c>virsh resume</c>.</summary>
    public static Task ResumeAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainResume, writer => writer.Domain(domain), CallKind.Change, cancellationToken);

    /// <summary>The number of processors, as <c>virsh vcpucount</c>.</summary>
    public static Task<int> GetVcpusAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainVcpuFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainGetVcpusFlags,
            writer => writer.Domain(domain).Unsigned((uint)flags),
            static reader => reader.Integer(),
            CallKind.Question,
            cancellationToken);

    /// <summary>Sets the number of processors, as <c>virsh setvcpus</c>.</summary>
    public static Task SetVcpusAsync(this LibvirtConnection connection, LibvirtDomain domain, uint count, DomainVcpuFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainSetVcpusFlags, writer => writer.Domain(domain).Unsigned(count).Unsigned((uint)flags), CallKind.Change, cancellationToken);

    /// <summary>Sets the memory, as <c>virsh setmem</c> and <c>virsh setmaxmem</c>.</summary>
    public static Task SetMemoryAsync(this LibvirtConnection connection, LibvirtDomain domain, ulong kibiBytes, DomainMemoryFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainSetMemoryFlags,
            writer => writer.Domain(domain).UnsignedLong(kibiBytes).Unsigned((uint)flags),
            CallKind.Change,
            cancellationToken);

    /// <summary>Sets the most memory that a domain which is off can have.</summary>
    public static Task SetMaximumMemoryAsync(this LibvirtConnection connection, LibvirtDomain domain, ulong kibiBytes, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainSetMaxMemory, writer => writer.Domain(domain).UnsignedLong(kibiBytes), CallKind.Change, cancellationToken);

    /// <summary>Adds a device, as <c>virsh attach-device</c>.</summary>
    public static Task AttachDeviceAsync(this LibvirtConnection connection, LibvirtDomain domain, string xml, DomainAffect affect, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainAttachDeviceFlags, writer => writer.Domain(domain).Text(xml).Unsigned((uint)affect), CallKind.Change, cancellationToken);

    /// <summary>Takes a device away, as <c>virsh detach-device</c>. A running guest may keep it for a while.</summary>
    public static Task DetachDeviceAsync(this LibvirtConnection connection, LibvirtDomain domain, string xml, DomainAffect affect, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainDetachDeviceFlags, writer => writer.Domain(domain).Text(xml).Unsigned((uint)affect), CallKind.Change, cancellationToken);

    /// <summary>Changes a device, as <c>virsh update-device</c>.</summary>
    public static Task UpdateDeviceAsync(this LibvirtConnection connection, LibvirtDomain domain, string xml, DomainAffect affect, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainUpdateDeviceFlags, writer => writer.Domain(domain).Text(xml).Unsigned((uint)affect), CallKind.Change, cancellationToken);

    /// <summary>Changes the size of a running guest's disk, as <c>virsh blockresize</c>.</summary>
    public static Task ResizeBlockAsync(this LibvirtConnection connection, LibvirtDomain domain, string disk, ulong size, DomainBlockResizeFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainBlockResize,
            writer => writer.Domain(domain).Text(disk).UnsignedLong(size).Unsigned((uint)flags),
            CallKind.Change,
            cancellationToken);

    /// <summary>The guest's addresses, as <c>virsh domifaddr</c>.</summary>
    public static Task<IReadOnlyList<DomainInterface>> GetInterfaceAddressesAsync(
        this LibvirtConnection connection, LibvirtDomain domain, DomainAddressSource source, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainInterfaceAddresses,
            writer => writer.Domain(domain).Unsigned((uint)source).Unsigned(0),
            static reader => reader.List(ProtocolLimits.Interfaces, DomainInterface.Smallest, DomainInterface.Read),
            source == DomainAddressSource.Agent ? CallKind.Change : CallKind.Question,
            cancellationToken);

    /// <summary>Whether a saved state is kept for a domain.</summary>
    public static Task<bool> HasManagedSaveAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainHasManagedSaveImage,
            writer => writer.Domain(domain).Unsigned(0),
            static reader => reader.Integer() != 0,
            CallKind.Question,
            cancellationToken);

    /// <summary>The names of a domain's snapshots, as <c>virsh snapshot-list --name</c>.</summary>
    public static Task<IReadOnlyList<string>> ListSnapshotsAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainListAllSnapshots,
            writer => writer.Domain(domain).Integer(1).Unsigned(0),
            static reader => reader.CountedList(ProtocolLimits.Snapshots, LibvirtDomain.Smallest + 4, ReadNameOfDomain),
            CallKind.Question,
            cancellationToken);

    /// <summary>The names of a domain's checkpoints, as <c>virsh checkpoint-list --name</c>.</summary>
    public static Task<IReadOnlyList<string>> ListCheckpointsAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainListAllCheckpoints,
            writer => writer.Domain(domain).Integer(1).Unsigned(0),
            static reader => reader.CountedList(ProtocolLimits.Checkpoints, LibvirtDomain.Smallest + 4, ReadNameOfDomain),
            CallKind.Question,
            cancellationToken);

    private static DomainStatistics ReadStatistics(XdrReader reader) => new(LibvirtDomain.Read(reader), TypedParameters.Read(reader, ProtocolLimits.DomainStatistics));

    /// <summary>A snapshot or checkpoint is its name and its domain.</summary>
    private static string ReadNameOfDomain(XdrReader reader)
    {
        var name = reader.Text();
        LibvirtDomain.Read(reader);
        return name;
    }
}
