using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>What is said to libvirt for each thing that is done to a domain, and what is made of its answers.</summary>
public sealed class LibvirtDomainsTests : IAsyncLifetime
{
    private const string Disk = "<disk type='file'><source file='/srv/a.qcow2'/><target dev='vda' bus='virtio'/></disk>";
    private const string Card = "<interface type='network'><mac address='52:54:00:11:22:33'/><source network='default'/></interface>";

    private static readonly DomainIdentity Guest = new("shop", "web");
    private static readonly DomainIdentity Adopted = new("shop", "old", new Guid("0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a19"));

    private readonly ScriptedHost host = new(("virsh", "echo \"$*\" >>\"$FOLDER/virsh\"; exit 1"));
    private readonly SimulatedLibvirt libvirt = new();
    private readonly LibvirtDomains domains;

    public LibvirtDomainsTests() => domains = Over(libvirt.Connection);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await libvirt.OpenAsync(Token);

    [Fact]
    public async Task A_new_domain_is_defined_when_libvirt_finds_its_XML_valid_and_never_starts_by_itself()
    {
        await domains.DefineAsync(host, Guest, Xml(Guest), Token);

        Assert.Equal(["DomainDefineXmlFlags shop_web 1", "DomainSetAutostart shop_web 0"], libvirt.Changes);
    }

    [Fact]
    public async Task A_domain_of_the_same_name_that_is_not_ours_is_not_defined_anew()
    {
        libvirt.Add(Guest, isOurs: false);

        await Assert.ThrowsAsync<DomainNotOwnedException>(() => domains.DefineAsync(host, Guest, Xml(Guest), Token));
        Assert.Empty(libvirt.Changes);
    }

    [Theory]
    [InlineData(DomainState.Running)]
    [InlineData(DomainState.Paused)]
    [InlineData(DomainState.ShutOff)]
    [InlineData(DomainState.Crashed)]
    public async Task The_state_is_libvirts(DomainState state)
    {
        Assert.Null(await domains.ReadStateAsync(host, Guest, Token));

        libvirt.Add(Guest).State = state;

        Assert.Equal(state, await domains.ReadStateAsync(host, Guest, Token));
    }

    [Fact]
    public async Task Nothing_is_done_to_a_domain_that_is_not_ours()
    {
        libvirt.Add(Guest, isOurs: false, runs: true);

        foreach (var action in All(Guest))
        {
            await Assert.ThrowsAsync<DomainNotOwnedException>(action);
        }

        Assert.Empty(libvirt.Changes);
    }

    [Fact]
    public async Task A_domain_that_is_missing_is_told_of_unless_it_was_to_be_removed()
    {
        foreach (var action in All(Guest).SkipLast(Removals(Guest).Count))
        {
            await Assert.ThrowsAsync<DomainMissingException>(action);
        }

        foreach (var removal in Removals(Guest))
        {
            await removal();
        }

        Assert.Empty(libvirt.Changes);
    }

    [Fact]
    public async Task An_adopted_domain_goes_by_its_UUID_whatever_its_name()
    {
        libvirt.Domains.Add(new SimulatedDomain("by hand", Adopted.Uuid, Xml(Adopted)));

        await domains.StartAsync(host, Adopted, Token);

        Assert.Equal(["DomainCreateWithFlags by hand 0"], libvirt.Changes);
    }

    [Fact]
    public async Task A_guest_that_runs_is_not_started_again()
    {
        var domain = libvirt.Add(Guest);

        await domains.StartAsync(host, Guest, Token);
        await domains.StartAsync(host, Guest, Token);

        Assert.Equal(["DomainCreateWithFlags shop_web 0"], libvirt.Changes);
        Assert.Equal(DomainState.Running, domain.State);
    }

    [Fact]
    public async Task A_start_that_libvirt_refuses_has_its_words()
    {
        libvirt.Add(Guest);
        libvirt.Refusals[(Procedure.DomainCreateWithFlags, null)] = (LibvirtErrorCode.InternalError, "internal error: process exited\nqemu: no such\tdisk");

        var refused = await Assert.ThrowsAsync<LibvirtRefusedException>(() => domains.StartAsync(host, Guest, Token));

        Assert.Equal(("internal error: process exited qemu: no such disk", LibvirtErrorCode.InternalError), (refused.Summary, refused.Code));
        Assert.Equal("\"virsh start\" on node1 was refused: internal error: process exited qemu: no such disk", refused.Message);
        Assert.IsAssignableFrom<HostRefusedException>(refused);
    }

    [Fact]
    public async Task A_guest_that_is_off_is_neither_shut_down_nor_ended_nor_grown()
    {
        libvirt.Add(Guest);

        await domains.ShutdownAsync(host, Guest, Token);
        await domains.DestroyAsync(host, Guest, Token);
        await domains.GrowDiskAsync(host, Guest, "/srv/a.qcow2", 1L << 33, Token);

        Assert.Empty(libvirt.Changes);
    }

    [Fact]
    public async Task A_guest_that_runs_is_shut_down_resumed_grown_and_ended()
    {
        libvirt.Add(Guest, runs: true);

        await domains.ShutdownAsync(host, Guest, Token);
        await domains.ResumeAsync(host, Guest, Token);
        await domains.GrowDiskAsync(host, Guest, "/srv/a.qcow2", 1L << 33, Token);
        await domains.DestroyAsync(host, Guest, Token);

        Assert.Equal(
            ["DomainShutdownFlags shop_web 0", "DomainResume shop_web", "DomainBlockResize shop_web /srv/a.qcow2 8589934592 1", "DomainDestroyFlags shop_web 1"],
            libvirt.Changes);
    }

    [Fact]
    public async Task A_guest_that_does_not_end_by_itself_is_killed()
    {
        libvirt.Add(Guest, runs: true);
        libvirt.Refusals[(Procedure.DomainDestroyFlags, 1)] = (LibvirtErrorCode.SystemError, "Failed to terminate process: Device or resource busy");

        await domains.DestroyAsync(host, Guest, Token);

        Assert.Equal(["DomainDestroyFlags shop_web 0"], libvirt.Changes);
    }

    [Fact]
    public async Task Removing_ends_the_guest_and_keeps_or_drops_its_UEFI_variables()
    {
        libvirt.Add(Guest, runs: true);
        await domains.UndefineAsync(host, Guest, Token);
        libvirt.Add(Guest);
        await domains.EraseAsync(host, Guest, Token);

        const DomainUndefineFlags all = DomainUndefineFlags.ManagedSave | DomainUndefineFlags.SnapshotsMetadata | DomainUndefineFlags.CheckpointsMetadata;
        Assert.Equal(
            [
                "DomainDestroyFlags shop_web 0",
                $"DomainUndefineFlags shop_web {(uint)(all | DomainUndefineFlags.KeepNvram)}",
                $"DomainUndefineFlags shop_web {(uint)(all | DomainUndefineFlags.Nvram)}",
            ],
            libvirt.Changes);
        Assert.Empty(libvirt.Domains);
    }

    [Fact]
    public async Task A_TPM_keeps_its_state_when_the_disks_stay_and_loses_it_with_them()
    {
        foreach (var remove in Removals(Guest))
        {
            libvirt.Add(Guest, Tpm);
            await remove();
        }

        var flags = libvirt.Changes.Select(change => (DomainUndefineFlags)uint.Parse(change.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal([DomainUndefineFlags.KeepTpm, DomainUndefineFlags.Tpm, DomainUndefineFlags.KeepTpm], flags.Select(one => one & (DomainUndefineFlags.KeepTpm | DomainUndefineFlags.Tpm)));
    }

    [Fact]
    public async Task An_older_libvirt_that_cannot_be_told_of_TPMs_removes_the_guest_all_the_same()
    {
        libvirt.Add(Guest, Tpm);
        const DomainUndefineFlags known = DomainUndefineFlags.SnapshotsMetadata | DomainUndefineFlags.CheckpointsMetadata | DomainUndefineFlags.KeepNvram;
        libvirt.Refusals[(Procedure.DomainUndefineFlags, (uint)(known | DomainUndefineFlags.KeepTpm))] = (LibvirtErrorCode.InvalidArg, "unsupported flags (0x40)");

        Assert.True(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.Equal([$"DomainUndefineFlags shop_web {(uint)known}"], libvirt.Changes);
    }

    [Fact]
    public async Task A_guest_that_cannot_be_ended_keeps_its_definition()
    {
        libvirt.Add(Guest, runs: true);
        libvirt.Refusals[(Procedure.DomainDestroyFlags, null)] = (LibvirtErrorCode.SystemError, "Failed to terminate process");

        await Assert.ThrowsAsync<LibvirtRefusedException>(() => domains.UndefineAsync(host, Guest, Token));

        Assert.Empty(libvirt.Changes);
    }

    [Fact]
    public async Task A_guest_that_is_off_loses_its_definition_and_keeps_its_UEFI_variables_and_its_saved_state()
    {
        libvirt.Add(Guest);

        Assert.True(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.Equal([$"DomainUndefineFlags shop_web {(uint)(DomainUndefineFlags.SnapshotsMetadata | DomainUndefineFlags.CheckpointsMetadata | DomainUndefineFlags.KeepNvram)}"], libvirt.Changes);
        Assert.True(await domains.UndefineStoppedAsync(host, Guest, Token));
    }

    [Fact]
    public async Task A_guest_that_runs_does_not_lose_its_definition()
    {
        libvirt.Add(Guest, runs: true);

        Assert.False(await domains.UndefineStoppedAsync(host, Guest, Token));
        Assert.Empty(libvirt.Changes);
    }

    [Fact]
    public async Task A_guest_that_is_started_at_that_moment_runs_on_and_gets_its_definition_back()
    {
        var domain = libvirt.Add(Guest);
        libvirt.Before[Procedure.DomainUndefineFlags] = one => (one.State, one.LiveXml) = (DomainState.Running, one.Xml);

        Assert.False(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.True(domain.IsPersistent);
        Assert.Equal("DomainDefineXmlFlags shop_web 0", libvirt.Changes[^1]);
    }

    [Fact]
    public async Task A_domain_that_is_adopted_gets_our_mark_in_its_definition_and_in_what_runs()
    {
        var domain = libvirt.Add(Adopted, isOurs: false, runs: true);
        await domains.AdoptAsync(host, Adopted, Token);

        const string mark = """<owner namespace="shop" name="old" />""";
        Assert.Equal(
            [
                "DomainSetAutostart shop_old 0",
                $"DomainSetMetadata shop_old 2 {mark} kvmop {OwnerMarker.XmlNamespace} 2",
                $"DomainSetMetadata shop_old 2 {mark} kvmop {OwnerMarker.XmlNamespace} 1",
            ],
            libvirt.Changes);
        Assert.Contains(OwnerMarker.XmlNamespace, domain.Xml, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DomainNotOwnedException>(() => domains.AdoptAsync(host, Adopted, Token));
    }

    [Fact]
    public async Task Processors_go_into_the_definition_and_into_what_runs()
    {
        libvirt.Add(Guest, runs: true);

        Assert.True(await domains.SetVcpusAsync(host, Guest, 2, Token));
        Assert.Equal(["DomainSetVcpusFlags shop_web 2 2", "DomainSetVcpusFlags shop_web 2 1"], libvirt.Changes);
    }

    [Fact]
    public async Task More_processors_than_there_can_be_raise_that_and_wait_for_a_restart_when_libvirt_says_so()
    {
        libvirt.Add(Guest, runs: true);
        libvirt.Refusals[(Procedure.DomainSetVcpusFlags, 1)] = (LibvirtErrorCode.InvalidArg, "requested vcpus is greater than max allowable");

        Assert.False(await domains.SetVcpusAsync(host, Guest, 4, Token));
        Assert.Equal(["DomainSetVcpusFlags shop_web 4 6", "DomainSetVcpusFlags shop_web 4 2"], libvirt.Changes);
    }

    [Fact]
    public async Task Memory_goes_into_the_definition_and_into_what_runs()
    {
        libvirt.Add(Guest, runs: true);

        Assert.True(await domains.SetMemoryAsync(host, Guest, 1L << 30, Token));
        Assert.Equal(["DomainSetMemoryFlags shop_web 1048576 6", "DomainSetMemoryFlags shop_web 1048576 2", "DomainSetMemoryFlags shop_web 1048576 1"], libvirt.Changes);
    }

    [Fact]
    public async Task A_disk_is_added_where_it_is_not_yet()
    {
        var disk = new GuestDisk("/srv/b.qcow2", "qcow2", "virtio", "vdb");
        var domain = libvirt.Add(Guest, Disk, runs: true);

        Assert.True(await domains.AttachDiskAsync(host, Guest, disk, Token));
        Assert.Equal([$"DomainAttachDeviceFlags shop_web {DomainXml.Disk(disk)} 2", $"DomainAttachDeviceFlags shop_web {DomainXml.Disk(disk)} 1"], libvirt.Changes);

        domain.Xml = domain.Xml.Replace("vda", "vdb", StringComparison.Ordinal);
        libvirt.Changes.Clear();
        Assert.True(await domains.AttachDiskAsync(host, Guest, disk, Token));
        Assert.Equal([$"DomainAttachDeviceFlags shop_web {DomainXml.Disk(disk)} 1"], libvirt.Changes);
    }

    [Fact]
    public async Task A_disk_is_taken_away_as_it_is_described()
    {
        libvirt.Add(Guest, Disk + Card, runs: true);

        Assert.True(await domains.DetachDiskAsync(host, Guest, "vda", Token));
        Assert.True(await domains.DetachDiskAsync(host, Guest, "vdz", Token));

        Assert.Equal(2, libvirt.Changes.Count);
        Assert.All(libvirt.Changes, change => Assert.Contains("/srv/a.qcow2", change, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_device_that_a_running_guest_does_not_take_waits_for_a_restart()
    {
        libvirt.Add(Guest, Card, runs: true);
        foreach (var procedure in (Procedure[])[Procedure.DomainAttachDeviceFlags, Procedure.DomainDetachDeviceFlags, Procedure.DomainUpdateDeviceFlags])
        {
            libvirt.Refusals[(procedure, 1)] = (LibvirtErrorCode.OperationUnsupported, "no more free PCI slots");
        }

        Assert.False(await domains.AttachDiskAsync(host, Guest, new GuestDisk("/srv/b.qcow2", "qcow2", "virtio", "vdb"), Token));
        Assert.False(await domains.DetachInterfaceAsync(host, Guest, "52:54:00:11:22:33", Token));
        Assert.False(await domains.UpdateDeviceAsync(host, Guest, Card, live: true, Token));
        Assert.True(await domains.UpdateDeviceAsync(host, Guest, Card, live: false, Token));
    }

    [Fact]
    public async Task An_interface_that_is_there_is_not_added_again()
    {
        libvirt.Add(Guest, Card, runs: true);

        Assert.True(await domains.AttachInterfaceAsync(host, Guest, new GuestInterface("default", null, "52:54:00:11:22:33"), Token));
        Assert.Empty(libvirt.Changes);
    }

    [Fact]
    public async Task Addresses_come_from_the_agent_else_from_the_leases_else_from_the_neighbours()
    {
        libvirt.Add(Guest, runs: true);
        Assert.Empty(await domains.ReadAddressesAsync(host, Guest, Token));

        libvirt.Addresses[DomainAddressSource.Arp] = ["192.0.2.9"];
        Assert.Equal(["192.0.2.9"], await domains.ReadAddressesAsync(host, Guest, Token));

        libvirt.Addresses[DomainAddressSource.Lease] = ["192.0.2.8"];
        Assert.Equal(["192.0.2.8"], await domains.ReadAddressesAsync(host, Guest, Token));

        libvirt.Addresses[DomainAddressSource.Agent] = ["127.0.0.1", "::1", "fe80::1", "192.0.2.7", "2001:db8::7"];
        Assert.Equal(["192.0.2.7", "2001:db8::7"], await domains.ReadAddressesAsync(host, Guest, Token));
    }

    [Fact]
    public async Task Nobody_is_asked_for_the_addresses_of_a_guest_that_is_off()
    {
        libvirt.Add(Guest);
        libvirt.Addresses[DomainAddressSource.Arp] = ["192.0.2.9"];

        Assert.Empty(await domains.ReadAddressesAsync(host, Guest, Token));
    }

    [Fact]
    public async Task Definitions_are_read_as_they_run_and_as_they_start_next()
    {
        var domain = libvirt.Add(Guest, runs: true);
        domain.LiveXml = "<domain id='7'/>";

        Assert.Equal(domain.Xml, await domains.ReadXmlAsync(host, Guest, live: false, Token));
        Assert.Equal(domain.LiveXml, await domains.ReadXmlAsync(host, Guest, live: true, Token));
        Assert.Equal(domain.LiveXml, await domains.ReadForeignXmlAsync(host, Guest.Uuid, live: true, Token));
        Assert.Equal(domain.Xml, await domains.ReadDefinitionAsync(host, Guest, Token));
        Assert.True(await domains.IsPersistentAsync(host, Guest, Token));

        await domains.RedefineAsync(host, Guest, Xml(Guest), Token);
        Assert.Equal(["DomainDefineXmlFlags shop_web 0"], libvirt.Changes);
    }

    [Fact]
    public async Task No_command_runs_where_there_is_a_connection()
    {
        libvirt.Add(Guest, runs: true);
        foreach (var action in All(Guest))
        {
            await action();
        }

        Assert.Empty(host.Commands);
    }

    [Fact]
    public async Task Where_there_is_no_connection_commands_do_it()
    {
        var byCommands = Over((LibvirtConnection?)null);

        await Assert.ThrowsAsync<CommandFailedException>(() => byCommands.StartAsync(host, Guest, Token));

        Assert.Contains("domstate", host["virsh"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_over_before_libvirt_got_anything_gives_way_to_the_next_one()
    {
        await using var last = new SimulatedLibvirt();
        await last.OpenAsync(Token);
        await last.StopAsync();
        await last.Connection.Closed;
        libvirt.Add(Guest);

        await Over(last.Connection, libvirt.Connection).StartAsync(host, Guest, Token);

        Assert.Equal(["DomainCreateWithFlags shop_web 0"], libvirt.Changes);
    }

    [Fact]
    public async Task A_libvirt_that_is_gone_is_not_a_missing_domain()
    {
        await libvirt.StopAsync();
        await libvirt.Connection.Closed;

        var gone = await Assert.ThrowsAsync<LibvirtUnavailableException>(() => domains.UndefineAsync(host, Guest, Token));

        Assert.Equal(("node1", LibvirtClosingKind.StreamEnded), (gone.HostName, gone.Kind));
    }

    public async ValueTask DisposeAsync()
    {
        await libvirt.DisposeAsync();
        host.Dispose();
    }

    private const string Tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";

    private static string Xml(DomainIdentity identity) =>
        $"<domain><name>{identity.DomainName}</name><uuid>{identity.Uuid}</uuid><metadata><o xmlns='{OwnerMarker.XmlNamespace}'/></metadata><devices/></domain>";

    private static LibvirtDomains Over(params LibvirtConnection?[] connections) => new(new HostLibvirts(new GivenConnection(connections), NullLogger<HostLibvirts>.Instance), new VirshDomains());

    /// <summary>Everything that needs a domain of ours.</summary>
    private List<Func<Task>> All(DomainIdentity guest) =>
    [
        () => domains.ReadXmlAsync(host, guest, live: true, Token),
        () => domains.ReadDefinitionAsync(host, guest, Token),
        () => domains.ReadAddressesAsync(host, guest, Token),
        () => domains.IsPersistentAsync(host, guest, Token),
        () => domains.StartAsync(host, guest, Token),
        () => domains.ShutdownAsync(host, guest, Token),
        () => domains.ResumeAsync(host, guest, Token),
        () => domains.SetVcpusAsync(host, guest, 2, Token),
        () => domains.SetMemoryAsync(host, guest, 1L << 30, Token),
        () => domains.AttachDiskAsync(host, guest, new GuestDisk("/srv/b.qcow2", "qcow2", "virtio", "vdb"), Token),
        () => domains.DetachDiskAsync(host, guest, "vda", Token),
        () => domains.AttachInterfaceAsync(host, guest, new GuestInterface("default", null, "52:54:00:11:22:44"), Token),
        () => domains.DetachInterfaceAsync(host, guest, "52:54:00:11:22:33", Token),
        () => domains.UpdateDeviceAsync(host, guest, Card, live: false, Token),
        () => domains.GrowDiskAsync(host, guest, "/srv/a.qcow2", 1L << 33, Token),
        () => domains.RedefineAsync(host, guest, Xml(guest), Token),
        () => domains.DestroyAsync(host, guest, Token),
        .. Removals(guest),
    ];

    private List<Func<Task>> Removals(DomainIdentity guest) =>
    [
        () => domains.UndefineAsync(host, guest, Token),
        () => domains.EraseAsync(host, guest, Token),
        () => domains.UndefineStoppedAsync(host, guest, Token),
    ];
}
