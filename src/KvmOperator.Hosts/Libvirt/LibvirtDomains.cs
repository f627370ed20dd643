using System.Globalization;
using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// Changes domains over the held connection to libvirt, each time after having asked whether the domain is ours; by <see cref="VirshDomains"/> where a host has no such connection. Between the
/// question and the change somebody may make another domain of the same name: libvirt goes by the UUID, so that one is not touched.
/// </summary>
internal sealed class LibvirtDomains(HostLibvirts hosts, VirshDomains commands) : IDomains
{
    private const string MetadataKey = "kvmop";

    private const DomainUndefineFlags WithMetadata = DomainUndefineFlags.SnapshotsMetadata | DomainUndefineFlags.CheckpointsMetadata;

    /// <inheritdoc/>
    public Task DefineAsync(IHostShell host, DomainIdentity domain, string xml, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            try
            {
                await OwnedAsync(libvirt, domain, cancellationToken);
            }
            catch (LibvirtRefusedException missing) when (missing.Code == LibvirtErrorCode.NoDomain)
            {
                // It is made now.
            }

            var defined = await libvirt.AskAsync(connection => connection.DefineAsync(xml, DomainDefineFlags.Validate, cancellationToken), "define", "--validate", "/dev/stdin");
            await libvirt.TellAsync(connection => connection.SetAutostartAsync(defined, false, cancellationToken), "autostart", "--disable", "--", domain.Reference);
        },
        () => commands.DefineAsync(host, domain, xml, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<DomainState?> ReadStateAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        try
        {
            return await OnAsync(
                host,
                domain,
                async libvirt =>
                {
                    var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
                    return (DomainState?)(await libvirt.AskAsync(connection => connection.GetStateAsync(found, cancellationToken), "domstate", "--", domain.Reference)).State;
                },
                () => commands.ReadStateAsync(host, domain, cancellationToken),
                cancellationToken);
        }
        catch (DomainMissingException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<string> ReadXmlAsync(IHostShell host, DomainIdentity domain, bool live, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var owned = await OwnedAsync(libvirt, domain, cancellationToken);
            return live ? await XmlAsync(libvirt, owned.Domain, DomainXmlFlags.None, cancellationToken) : owned.Xml;
        },
        () => commands.ReadXmlAsync(host, domain, live, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<string> ReadForeignXmlAsync(IHostShell host, Guid domain, bool live, CancellationToken cancellationToken) => hosts.RunAsync(
        host,
        libvirt => XmlAsync(libvirt, new LibvirtDomain(domain.ToString(), domain), live ? DomainXmlFlags.None : DomainXmlFlags.Inactive, cancellationToken),
        () => commands.ReadForeignXmlAsync(host, domain, live, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task AdoptAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, xml) = await FindAsync(libvirt, domain, cancellationToken);
            if (IsOurs(xml))
            {
                throw new DomainNotOwnedException(libvirt.Name, domain);
            }

            var mark = new XElement("owner", new XAttribute("namespace", domain.Namespace), new XAttribute("name", domain.Name)).ToString();
            Task MarkAsync(DomainAffect affect, string option) => libvirt.TellAsync(
                connection => connection.SetMetadataAsync(found, DomainMetadataKind.Element, mark, MetadataKey, OwnerMarker.XmlNamespace, affect, cancellationToken),
                "metadata", domain.Reference, "--uri", OwnerMarker.XmlNamespace, "--key", MetadataKey, "--set", mark, option);

            await libvirt.TellAsync(connection => connection.SetAutostartAsync(found, false, cancellationToken), "autostart", "--disable", "--", domain.Reference);
            await MarkAsync(DomainAffect.Config, "--config");
            if (found.IsActive)
            {
                await MarkAsync(DomainAffect.Live, "--live");
            }
        },
        () => commands.AdoptAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task StartAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            if (!found.IsActive)
            {
                await libvirt.TellAsync(connection => connection.StartAsync(found, DomainStartFlags.None, cancellationToken), "start", "--", domain.Reference);
            }
        },
        () => commands.StartAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task ShutdownAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            if (found.IsActive)
            {
                await libvirt.TellAsync(connection => connection.ShutdownAsync(found, DomainShutdownFlags.None, cancellationToken), "shutdown", "--", domain.Reference);
            }
        },
        () => commands.ShutdownAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            await libvirt.TellAsync(connection => connection.ResumeAsync(found, cancellationToken), "resume", "--", domain.Reference);
        },
        () => commands.ResumeAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task DestroyAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            if (!found.IsActive)
            {
                return;
            }

            try
            {
                await EndAsync(libvirt, found, domain, DomainDestroyFlags.Graceful, cancellationToken);
            }
            catch (LibvirtRefusedException)
            {
                await EndAsync(libvirt, found, domain, DomainDestroyFlags.None, cancellationToken);
            }
        },
        () => commands.DestroyAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task UndefineAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        RemoveAsync(host, domain, isKept: true, () => commands.UndefineAsync(host, domain, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task EraseAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        RemoveAsync(host, domain, isKept: false, () => commands.EraseAsync(host, domain, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> UndefineStoppedAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        try
        {
            return await OnAsync(
                host, domain, libvirt => RemoveStoppedAsync(libvirt, domain, cancellationToken), () => commands.UndefineStoppedAsync(host, domain, cancellationToken), cancellationToken);
        }
        catch (DomainMissingException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public Task<bool> IsPersistentAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            return await libvirt.AskAsync(connection => connection.IsPersistentAsync(found, cancellationToken), "dominfo", "--", domain.Reference);
        },
        () => commands.IsPersistentAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> SetVcpusAsync(IHostShell host, DomainIdentity domain, int count, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            var number = count.ToString(CultureInfo.InvariantCulture);
            Task SetAsync(DomainVcpuFlags flags, params string[] options) =>
                libvirt.TellAsync(connection => connection.SetVcpusAsync(found, (uint)count, flags, cancellationToken), ["setvcpus", .. options, "--", domain.Reference, number]);

            const DomainVcpuFlags most = DomainVcpuFlags.Config | DomainVcpuFlags.Maximum;
            if (await libvirt.AskAsync(connection => connection.GetVcpusAsync(found, most, cancellationToken), "vcpucount", "--maximum", "--config", "--", domain.Reference) < count)
            {
                // More than the definition's maximum is only for the next start.
                await SetAsync(most, "--maximum", "--config");
            }

            await SetAsync(DomainVcpuFlags.Config, "--config");
            return !found.IsActive || await IsTakenAsync(SetAsync(DomainVcpuFlags.Live, "--live"));
        },
        () => commands.SetVcpusAsync(host, domain, count, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> SetMemoryAsync(IHostShell host, DomainIdentity domain, long bytes, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            var kibiBytes = (ulong)(bytes / 1024);
            Task SetAsync(DomainMemoryFlags flags, string verb, string option) => libvirt.TellAsync(
                connection => connection.SetMemoryAsync(found, kibiBytes, flags, cancellationToken), verb, option, "--", domain.Reference, kibiBytes.ToString(CultureInfo.InvariantCulture));

            await SetAsync(DomainMemoryFlags.Config | DomainMemoryFlags.Maximum, "setmaxmem", "--config");
            await SetAsync(DomainMemoryFlags.Config, "setmem", "--config");

            // A running guest gives memory back through its balloon, and never gets more than it was started with.
            return !found.IsActive || await IsTakenAsync(SetAsync(DomainMemoryFlags.Live, "setmem", "--live"));
        },
        () => commands.SetMemoryAsync(host, domain, bytes, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AttachDiskAsync(IHostShell host, DomainIdentity domain, GuestDisk disk, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        libvirt => AttachAsync(libvirt, domain, DomainXml.Disk(disk), xml => DiskAt(xml, disk.Target), cancellationToken),
        () => commands.AttachDiskAsync(host, domain, disk, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DetachDiskAsync(IHostShell host, DomainIdentity domain, string target, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        libvirt => DetachAsync(libvirt, domain, xml => DiskAt(xml, target), cancellationToken),
        () => commands.DetachDiskAsync(host, domain, target, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AttachInterfaceAsync(IHostShell host, DomainIdentity domain, GuestInterface networkInterface, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        libvirt => AttachAsync(libvirt, domain, DomainXml.Interface(networkInterface), xml => InterfaceOf(xml, networkInterface.MacAddress), cancellationToken),
        () => commands.AttachInterfaceAsync(host, domain, networkInterface, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DetachInterfaceAsync(IHostShell host, DomainIdentity domain, string macAddress, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        libvirt => DetachAsync(libvirt, domain, xml => InterfaceOf(xml, macAddress), cancellationToken),
        () => commands.DetachInterfaceAsync(host, domain, macAddress, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> UpdateDeviceAsync(IHostShell host, DomainIdentity domain, string deviceXml, bool live, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            Task UpdateAsync(DomainAffect affect, string option) =>
                libvirt.TellAsync(connection => connection.UpdateDeviceAsync(found, deviceXml, affect, cancellationToken), "update-device", option, "--", domain.Reference, "/dev/stdin");

            if (live)
            {
                return !found.IsActive || await IsTakenAsync(UpdateAsync(DomainAffect.Live, "--live"));
            }

            await UpdateAsync(DomainAffect.Config, "--config");
            return true;
        },
        () => commands.UpdateDeviceAsync(host, domain, deviceXml, live, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task GrowDiskAsync(IHostShell host, DomainIdentity domain, string path, long bytes, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            if (found.IsActive)
            {
                await libvirt.TellAsync(
                    connection => connection.ResizeBlockAsync(found, path, (ulong)bytes, DomainBlockResizeFlags.Bytes, cancellationToken),
                    "blockresize", "--", domain.Reference, path, string.Create(CultureInfo.InvariantCulture, $"{bytes}B"));
            }
        },
        () => commands.GrowDiskAsync(host, domain, path, bytes, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<string> ReadDefinitionAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            return await XmlAsync(libvirt, found, DomainXmlFlags.Inactive | DomainXmlFlags.Secure, cancellationToken);
        },
        () => commands.ReadDefinitionAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task RedefineAsync(IHostShell host, DomainIdentity domain, string domainXml, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            await OwnedAsync(libvirt, domain, cancellationToken);
            await libvirt.TellAsync(connection => connection.DefineAsync(domainXml, DomainDefineFlags.None, cancellationToken), "define", "/dev/stdin");
        },
        () => commands.RedefineAsync(host, domain, domainXml, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task RememberMoveAsync(IHostShell host, DomainIdentity domain, MoveMark move, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, xml) = await OwnedAsync(libvirt, domain, cancellationToken);
            if (MoveMark.With(xml, move) is not { } moves)
            {
                return;
            }

            Task SetAsync(DomainAffect affect, string option) => libvirt.TellAsync(
                connection => connection.SetMetadataAsync(found, DomainMetadataKind.Element, moves, MoveMark.Key, MoveMark.XmlNamespace, affect, cancellationToken),
                "metadata", domain.Reference, "--uri", MoveMark.XmlNamespace, "--key", MoveMark.Key, "--set", moves, option);

            await SetAsync(DomainAffect.Config, "--config");
            if (found.IsActive)
            {
                await SetAsync(DomainAffect.Live, "--live");
            }
        },
        () => commands.RememberMoveAsync(host, domain, move, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadAddressesAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => OnAsync(
        host,
        domain,
        async libvirt =>
        {
            var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
            foreach (var source in found.IsActive ? (DomainAddressSource[])[DomainAddressSource.Agent, DomainAddressSource.Lease, DomainAddressSource.Arp] : [])
            {
                if (await AddressesAsync(libvirt, found, source, cancellationToken) is { Count: > 0 } addresses)
                {
                    return addresses;
                }
            }

            return [];
        },
        () => commands.ReadAddressesAsync(host, domain, cancellationToken),
        cancellationToken);

    /// <summary>Whenever libvirt does not know the domain, also in the middle of it, it is missing.</summary>
    private async Task<T> OnAsync<T>(IHostShell host, DomainIdentity domain, Func<HostLibvirt, Task<T>> libvirt, Func<Task<T>> byCommands, CancellationToken cancellationToken)
    {
        try
        {
            return await hosts.RunAsync(host, libvirt, byCommands, cancellationToken);
        }
        catch (LibvirtRefusedException missing) when (missing.Code == LibvirtErrorCode.NoDomain)
        {
            throw new DomainMissingException(host.Name, domain);
        }
    }

    private async Task OnAsync(IHostShell host, DomainIdentity domain, Func<HostLibvirt, Task> libvirt, Func<Task> byCommands, CancellationToken cancellationToken) => await OnAsync(
        host,
        domain,
        async one =>
        {
            await libvirt(one);
            return true;
        },
        async () =>
        {
            await byCommands();
            return true;
        },
        cancellationToken);

    private static async Task<IReadOnlyList<string>> AddressesAsync(HostLibvirt libvirt, LibvirtDomain domain, DomainAddressSource source, CancellationToken cancellationToken)
    {
        try
        {
            var name = source.ToString().ToLowerInvariant();
            var found = await libvirt.AskAsync(connection => connection.GetInterfaceAddressesAsync(domain, source, cancellationToken), "domifaddr", "--source", name, "--", domain.Name);
            return GuestAddresses.Useful(found.SelectMany(one => one.Addresses).Select(one => one.Address));
        }
        catch (LibvirtRefusedException)
        {
            // No agent in the guest, for example: somebody else may know.
            return [];
        }
    }

    private static async Task<bool> RemoveStoppedAsync(HostLibvirt libvirt, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var (found, _) = await OwnedAsync(libvirt, domain, cancellationToken);
        if (found.IsActive)
        {
            return false;
        }

        var definition = await XmlAsync(libvirt, found, DomainXmlFlags.Inactive | DomainXmlFlags.Secure, cancellationToken);
        await UndefineAsync(libvirt, found, definition, WithMetadata, isKept: true, cancellationToken);
        try
        {
            await libvirt.TellAsync(connection => connection.GetStateAsync(found, cancellationToken), "domstate", "--", domain.Reference);
        }
        catch (LibvirtRefusedException gone) when (gone.Code == LibvirtErrorCode.NoDomain)
        {
            return true;
        }

        // A guest that was started between the question and the removal would live on without a definition, so it gets it back.
        await libvirt.TellAsync(connection => connection.DefineAsync(definition, DomainDefineFlags.None, cancellationToken), "define", "/dev/stdin");
        return false;
    }

    private async Task RemoveAsync(
        IHostShell host, DomainIdentity domain, bool isKept, Func<Task> byCommands, CancellationToken cancellationToken)
    {
        try
        {
            await OnAsync(host, domain, libvirt => RemoveAsync(libvirt, domain, isKept, cancellationToken), byCommands, cancellationToken);
        }
        catch (DomainMissingException)
        {
            // libvirt's own word by a number, not a sentence that could mean something else: what was to be removed is not there.
        }
    }

    private static async Task RemoveAsync(HostLibvirt libvirt, DomainIdentity domain, bool isKept, CancellationToken cancellationToken)
    {
        var (found, xml) = await OwnedAsync(libvirt, domain, cancellationToken);
        if (found.IsActive)
        {
            try
            {
                await EndAsync(libvirt, found, domain, DomainDestroyFlags.None, cancellationToken);
            }
            catch (LibvirtRefusedException ended) when (ended.Code == LibvirtErrorCode.OperationInvalid)
            {
                // It ended in between. One that does not end keeps its definition.
            }
        }

        await UndefineAsync(libvirt, found, xml, DomainUndefineFlags.ManagedSave | WithMetadata, isKept, cancellationToken);
    }

    /// <summary>Removes a definition, and keeps or drops what the guest's UEFI firmware and its TPM have of it.</summary>
    private static async Task UndefineAsync(HostLibvirt libvirt, LibvirtDomain found, string xml, DomainUndefineFlags others, bool isKept, CancellationToken cancellationToken)
    {
        var flags = others | (isKept ? DomainUndefineFlags.KeepNvram : DomainUndefineFlags.Nvram);
        List<string> virsh =
        [
            "undefine", .. others.HasFlag(DomainUndefineFlags.ManagedSave) ? ["--managed-save"] : Array.Empty<string>(), "--snapshots-metadata", "--checkpoints-metadata", isKept ? "--keep-nvram" : "--nvram",
        ];
        Task TellAsync(DomainUndefineFlags more, params string[] options) => libvirt.TellAsync(
            connection => connection.UndefineAsync(found, flags | more, cancellationToken), [.. virsh, .. options, "--", found.Name]);

        if (xml.Contains("<tpm ", StringComparison.Ordinal))
        {
            try
            {
                await TellAsync(isKept ? DomainUndefineFlags.KeepTpm : DomainUndefineFlags.Tpm, isKept ? "--keep-tpm" : "--tpm");
                return;
            }
            catch (LibvirtRefusedException unknown) when (unknown.Code == LibvirtErrorCode.InvalidArg)
            {
                // libvirt before 8.9 cannot be told, and drops the state.
            }
        }

        await TellAsync(DomainUndefineFlags.None);
    }

    private static Task EndAsync(HostLibvirt libvirt, LibvirtDomain found, DomainIdentity domain, DomainDestroyFlags flags, CancellationToken cancellationToken) => libvirt.TellAsync(
        connection => connection.DestroyAsync(found, flags, cancellationToken), ["destroy", .. flags == DomainDestroyFlags.Graceful ? ["--graceful"] : Array.Empty<string>(), "--", domain.Reference]);

    private static async Task<bool> AttachAsync(HostLibvirt libvirt, DomainIdentity domain, string device, Func<string, XElement?> find, CancellationToken cancellationToken)
    {
        var (found, xml) = await OwnedAsync(libvirt, domain, cancellationToken);
        Task AddAsync(DomainAffect affect, string option) =>
            libvirt.TellAsync(connection => connection.AttachDeviceAsync(found, device, affect, cancellationToken), "attach-device", option, "--", domain.Reference, "/dev/stdin");

        if (find(xml) is null)
        {
            await AddAsync(DomainAffect.Config, "--config");
        }

        return !found.IsActive || find(await XmlAsync(libvirt, found, DomainXmlFlags.None, cancellationToken)) is not null || await IsTakenAsync(AddAsync(DomainAffect.Live, "--live"));
    }

    private static async Task<bool> DetachAsync(HostLibvirt libvirt, DomainIdentity domain, Func<string, XElement?> find, CancellationToken cancellationToken)
    {
        var (found, xml) = await OwnedAsync(libvirt, domain, cancellationToken);
        Task TakeAsync(XElement device, DomainAffect affect, string option) => libvirt.TellAsync(
            connection => connection.DetachDeviceAsync(found, device.ToString(), affect, cancellationToken), "detach-device", option, "--", domain.Reference, "/dev/stdin");

        if (find(xml) is { } defined)
        {
            await TakeAsync(defined, DomainAffect.Config, "--config");
        }

        return !found.IsActive || find(await XmlAsync(libvirt, found, DomainXmlFlags.None, cancellationToken)) is not { } running
            || await IsTakenAsync(TakeAsync(running, DomainAffect.Live, "--live"));
    }

    private static XElement? DiskAt(string xml, string target) =>
        Devices(xml, "disk").FirstOrDefault(disk => (string?)disk.Element("target")?.Attribute("dev") == target);

    private static XElement? InterfaceOf(string xml, string macAddress) => Devices(xml, "interface")
        .FirstOrDefault(one => string.Equals((string?)one.Element("mac")?.Attribute("address"), macAddress, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<XElement> Devices(string xml, string name) => XElement.Parse(xml).Element("devices")?.Elements(name) ?? [];

    /// <summary>A change of what runs that libvirt refuses waits for a restart.</summary>
    private static async Task<bool> IsTakenAsync(Task change)
    {
        try
        {
            await change;
            return true;
        }
        catch (LibvirtRefusedException)
        {
            return false;
        }
    }

    /// <summary>The domain, and the definition that its next start uses.</summary>
    private static async Task<(LibvirtDomain Domain, string Xml)> OwnedAsync(HostLibvirt libvirt, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var found = await FindAsync(libvirt, domain, cancellationToken);
        return IsOurs(found.Xml) ? found : throw new DomainNotOwnedException(libvirt.Name, domain);
    }

    private static async Task<(LibvirtDomain Domain, string Xml)> FindAsync(HostLibvirt libvirt, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var found = await libvirt.AskAsync(
            connection => domain.Adopted is { } uuid ? connection.FindAsync(uuid, cancellationToken) : connection.FindAsync(domain.DomainName, cancellationToken), "domid", "--", domain.Reference);
        return (found, await XmlAsync(libvirt, found, DomainXmlFlags.Inactive, cancellationToken));
    }

    private static bool IsOurs(string xml) => xml.Contains(OwnerMarker.XmlNamespace, StringComparison.Ordinal);

    private static Task<string> XmlAsync(HostLibvirt libvirt, LibvirtDomain domain, DomainXmlFlags flags, CancellationToken cancellationToken)
    {
        string[] options =
        [
            .. flags.HasFlag(DomainXmlFlags.Inactive) ? ["--inactive"] : Array.Empty<string>(),
            .. flags.HasFlag(DomainXmlFlags.Secure) ? ["--security-info"] : Array.Empty<string>(),
        ];
        return libvirt.AskAsync(connection => connection.GetXmlAsync(domain, flags, cancellationToken), ["dumpxml", .. options, "--", domain.Name]);
    }
}
