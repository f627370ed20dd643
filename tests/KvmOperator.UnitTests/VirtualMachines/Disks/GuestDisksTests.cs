using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.VirtualMachines.Disks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>With which disks a guest goes on when one of them cannot be made.</summary>
public sealed class GuestDisksTests
{
    private static readonly GuestDefinition Wanted = new(Given.Identity, 1, 256L << 20, [Disk("root", "vda"), Disk("data", "vdb")], []) { CloudInitImage = "/images/default_xx/cloud-init.iso" };

    [Fact]
    public void A_guest_goes_on_without_a_disk_that_it_never_had()
    {
        var without = GuestDisks.Without(Wanted, [Made("root")], [Path("root"), Wanted.CloudInitImage!]);

        Assert.Equal([Path("root")], without!.Disks.Select(disk => disk.Path));
        Assert.Equal(Wanted.CloudInitImage, without.CloudInitImage);
    }

    [Fact]
    public void A_drive_with_data_for_cloud_init_that_it_never_had_is_left_out_as_well() =>
        Assert.Null(GuestDisks.Without(Wanted, [Made("root"), Made("data")], [Path("root")])!.CloudInitImage);

    [Fact]
    public void A_guest_that_had_the_disk_waits_for_it() => Assert.Null(GuestDisks.Without(Wanted, [Made("root")], [Path("root"), Path("data")]));

    [Fact]
    public void A_guest_of_whose_domain_nothing_is_known_waits() => Assert.Null(GuestDisks.Without(Wanted, [Made("root")], []));

    [Fact]
    public void A_disk_is_called_by_its_bus()
    {
        var first = Given.Spec().Disks[0];
        var machine = new VirtualMachine
        {
            Metadata = new k8s.Models.V1ObjectMeta { Name = "xx", NamespaceProperty = "default" },
            Spec = Given.Spec() with
            {
                Machine = MachineType.I440fx,
                Disks = [first with { Bus = DiskBus.Ide }, first with { Name = "b", Bus = DiskBus.Ide }, first with { Name = "c", Bus = DiskBus.Usb }, first with { Name = "d" }],
            },
        };

        var disks = GuestDisks.Definitions(machine, new Dictionary<string, KvmOperator.Api.NfsStores.NfsStore>(StringComparer.Ordinal) { ["images"] = KvmOperator.UnitTests.Api.SpecSamples.Store });

        Assert.Equal([("ide", "hda"), ("ide", "hdb"), ("usb", "sda"), ("virtio", "vda")], disks.Select(disk => (disk.Bus, disk.Target)));
    }

    private static string Path(string name) => $"/images/default_xx/{name}.qcow2";

    private static GuestDisk Disk(string name, string target) => new(Path(name), "qcow2", "virtio", target);

    private static VirtualMachineDiskStatus Made(string name) => new() { Name = name, Path = Path(name) };
}
