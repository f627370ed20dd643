using KvmOperator.Hosts.Libvirt;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Disks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Definitions;

/// <summary>What differs between a domain and its object, and nothing else.</summary>
public sealed class DomainComparisonTests
{
    private const string Domain =
        """
        <domain type='kvm'><name>default_xx</name><memory unit='KiB'>262144</memory><currentMemory unit='KiB'>262144</currentMemory><vcpu placement='static' current='1'>4</vcpu>
        <devices>
          <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' error_policy='stop'/><source file='/images/default_xx/root.qcow2'><seclabel model='dac' relabel='no'/></source><target dev='vda' bus='virtio'/></disk>
          <disk type='file' device='cdrom'><source file='/images/default_xx/cloud-init.iso'/><target dev='sda' bus='sata'/></disk>
          <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>
        </devices></domain>
        """;

    private static readonly GuestDisk Root = new("/images/default_xx/root.qcow2", "qcow2", "virtio", "vda");
    private static readonly GuestInterface Card = new("default", null, "52:54:00:00:00:01");
    private static readonly GuestDefinition Wanted = new(Given.Identity, 1, 256L << 20, [Root], [Card]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_domain_as_it_should_be_differs_in_nothing(bool live) => Assert.Empty(DomainComparison.Compare(Domain, Wanted, live));

    [Theory]
    [InlineData(" cache='none'", "")]
    [InlineData(" error_policy='stop'", "")]
    [InlineData("<driver name='qemu' type='qcow2' cache='none' error_policy='stop'/>", "")]
    [InlineData("<seclabel model='dac' relabel='no'/>", "<seclabel model='selinux' relabel='no'/>")]
    public void A_disk_as_people_make_it_is_protected_at_the_next_start(string own, string theirs)
    {
        var domain = Domain.Replace(own, theirs, StringComparison.Ordinal);

        var difference = Assert.Single(DomainComparison.Compare(domain, Wanted, live: true));

        Assert.Equal(new DomainDifference.UnprotectedDisk(Root.Path), difference);
        Assert.True(difference.IsForNextStart);
        Assert.Empty(DomainComparison.Compare(DomainEdits.Apply(domain, Wanted, [difference]), Wanted, live: false));
    }

    [Fact]
    public void Everything_that_differs_is_named()
    {
        var data = new GuestDisk("/images/default_xx/data.qcow2", "qcow2", "virtio", "vda");
        var other = new GuestInterface(null, "br0", "52:54:00:00:00:02");

        var differences = DomainComparison.Compare(Domain, Wanted with { Vcpus = 2, MemoryBytes = 512L << 20, Disks = [data], Interfaces = [other] }, live: false);

        Assert.Equal(
            [
                new DomainDifference.Vcpus(2),
                new DomainDifference.Memory(512L << 20),
                new DomainDifference.MissingDisk(data with { Target = "vdb" }),
                new DomainDifference.ExtraDisk("/images/default_xx/root.qcow2", "vda"),
                new DomainDifference.MissingInterface(other),
                new DomainDifference.ExtraInterface("52:54:00:00:00:01"),
            ],
            differences);
    }

    [Theory]
    [InlineData("/images/default_xx/root.qcow2", 0)]
    [InlineData("/images/shared.qcow2", 2)]
    public void A_domain_that_has_one_file_twice_is_compared_like_any_other(string path, int extra)
    {
        var drive = $"<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' error_policy='stop'/><source file='{path}'><seclabel model='dac' relabel='no'/></source><target dev='vdX' bus='virtio'/></disk>";
        var twice = drive.Replace("vdX", "vdb", StringComparison.Ordinal) + (extra == 0 ? string.Empty : drive.Replace("vdX", "vdc", StringComparison.Ordinal));

        var differences = DomainComparison.Compare(Domain.Replace("<interface", twice + "<interface", StringComparison.Ordinal), Wanted, live: false);

        Assert.Equal(new[] { "vdb", "vdc" }.Take(extra), differences.OfType<DomainDifference.ExtraDisk>().Select(disk => disk.Target));
        Assert.Equal(extra, differences.Count);
    }

    [Fact]
    public void A_card_on_another_network_keeps_everything_but_its_source()
    {
        var card = Card with { Network = null, Bridge = "br0" };

        var difference = Assert.IsType<DomainDifference.OtherNetwork>(Assert.Single(DomainComparison.Compare(Domain, Wanted with { Interfaces = [card] }, live: true)));

        Assert.True(difference.Live);
        Assert.Equal("<interface type=\"bridge\"><mac address=\"52:54:00:00:00:01\" /><source bridge=\"br0\" /></interface>", difference.Xml);
        Assert.Single(DomainComparison.Compare(Domain, Wanted with { Interfaces = [Card with { Network = "other" }] }, live: false));
    }

    [Fact]
    public void A_card_that_a_person_put_on_something_else_is_left_there() =>
        Assert.Empty(DomainComparison.Compare(Domain.Replace("<interface type='network'>", "<interface type='direct'>", StringComparison.Ordinal), Wanted, live: false));

    [Fact]
    public void What_only_the_definition_can_have_is_written_there_and_then_differs_in_nothing()
    {
        var other = Wanted with
        {
            Disks = [Root with { Bus = "scsi", Target = "sda", BootOrder = 2 }],
            Interfaces = [Card with { BootOrder = 1 }],
            CloudInitImage = "/images/default_xx/new.iso",
        };

        var differences = DomainComparison.Compare(Domain, other, live: false);
        Assert.Equal(
            [new DomainDifference.OtherBus(Root.Path, "scsi"), new DomainDifference.OtherBootOrder(), new DomainDifference.MissingCloudInit("/images/default_xx/new.iso")],
            differences);
        Assert.All(differences, difference => Assert.True(difference.IsForNextStart));

        var edited = DomainEdits.Apply(Domain, other, differences);
        Assert.Empty(DomainComparison.Compare(edited, other, live: false));
        Assert.Contains("virtio-scsi", edited, StringComparison.Ordinal);
        Assert.Contains("<target dev=\"sdb\" bus=\"scsi\" />", edited, StringComparison.Ordinal);
        Assert.Contains("<target dev=\"sdc\" bus=\"sata\" />", edited, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_is_switched_from_the_hardware_that_it_was_imported_with()
    {
        var imported = Domain.Replace("<devices>", "<os><type machine='pc-i440fx-7.2'>hvm</type></os><devices>", StringComparison.Ordinal)
            .Replace("<target dev='vda' bus='virtio'/>", "<target dev='hda' bus='ide'/><address type='drive' controller='0'/>", StringComparison.Ordinal)
            .Replace("<target dev='sda' bus='sata'/>", "<target dev='hdb' bus='ide'/>", StringComparison.Ordinal)
            .Replace("<source network='default'/>", "<source network='default'/><model type='e1000'/><address type='pci' slot='0x03'/>", StringComparison.Ordinal);
        var wanted = Wanted with { Machine = "pc", Interfaces = [Card with { Model = "virtio" }], CloudInitImage = "/images/default_xx/new.iso" };

        var differences = DomainComparison.Compare(imported, wanted, live: true);

        Assert.Equal(
            [new DomainDifference.OtherBus(Root.Path, "virtio"), new DomainDifference.OtherModel(Card.MacAddress, "virtio"), new DomainDifference.MissingCloudInit("/images/default_xx/new.iso")],
            differences);
        Assert.All(differences, difference => Assert.True(difference.IsForNextStart));
        var edited = DomainEdits.Apply(imported, wanted, differences);
        Assert.Empty(DomainComparison.Compare(edited, wanted, live: false));
        Assert.Contains("<target dev=\"vda\" bus=\"virtio\" />", edited, StringComparison.Ordinal);
        Assert.Contains("<target dev=\"hda\" bus=\"ide\" />", edited, StringComparison.Ordinal);
        Assert.DoesNotContain("<address", edited, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_was_taken_over_keeps_hardware_of_which_its_spec_says_nothing()
    {
        var adopted = Domain.Replace("<target dev='vda' bus='virtio'/>", "<target dev='hda' bus='ide'/>", StringComparison.Ordinal)
            .Replace("<source network='default'/>", "<source network='default'/><model type='rtl8139'/>", StringComparison.Ordinal);

        Assert.Empty(DomainComparison.Compare(adopted, Wanted, live: false));
    }

    [Fact]
    public void A_domain_without_an_order_begins_with_its_first_disk() =>
        Assert.Empty(DomainComparison.Compare(Domain, Wanted with { Disks = [Root with { BootOrder = 1 }] }, live: false));

    [Fact]
    public void A_disk_is_grown_in_whole_sectors_and_never_shrinks()
    {
        var spec = Given.Spec() with { Disks = [Given.Spec().Disks[0] with { Size = new k8s.Models.ResourceQuantity("1000001") }] };
        KvmOperator.Api.VirtualMachines.VirtualMachineDiskStatus[] Made(long bytes) => [new() { Name = "root", VirtualBytes = bytes }];

        Assert.Equal(1000448, GuestDisks.WantedBytes(spec.Disks[0]));
        Assert.Single(GuestDisks.ToGrow(spec, Made(999_936)));
        Assert.Empty(GuestDisks.ToGrow(spec, Made(1000448)));
        Assert.Equal("all disks are there", GuestDisks.ReadyMessage(spec, Made(1000448)));
        Assert.Contains("never shrinks: root", GuestDisks.ReadyMessage(spec, Made(2_000_896)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_disk_does_not_get_the_name_of_the_drive_with_cloud_inits_data()
    {
        var data = new GuestDisk("/images/default_xx/data.qcow2", "qcow2", "sata", "sda");

        Assert.Equal([new DomainDifference.MissingDisk(data with { Target = "sdb" })], DomainComparison.Compare(Domain, Wanted with { Disks = [Root, data] }, live: true));
    }

    [Fact]
    public void A_balloon_that_is_smaller_than_the_guests_memory_is_no_difference() =>
        Assert.Empty(DomainComparison.Compare(Domain.Replace("<currentMemory unit='KiB'>262144", "<currentMemory unit='KiB'>200000", StringComparison.Ordinal), Wanted, live: true));
}
