using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Disks;
using Xunit;
using HostDiskSource = KvmOperator.Hosts.Images.DiskSource;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>A file is the disk of one guest, and its format is never guessed from what a guest wrote.</summary>
public sealed class DiskClaimsTests
{
    [Fact]
    public void Of_two_guests_that_name_one_file_the_older_one_has_it()
    {
        VirtualMachine[] machines = [Machine("a", 2, new DiskSource { Existing = "mine.qcow2" }), Machine("b", 1, new DiskSource { Existing = "mine.qcow2" })];

        Assert.Contains("a disk of default/b already", Refuse(machines[0], machines), StringComparison.Ordinal);
        Assert.Null(Refuse(machines[1], machines));
    }

    [Fact]
    public void A_guest_that_has_the_file_keeps_it_when_an_older_one_names_it_later()
    {
        VirtualMachine[] machines = [Machine("a", 2, new DiskSource { Existing = "mine.qcow2" }), Machine("b", 1, new DiskSource { Existing = "mine.qcow2" })];
        machines[0].Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = "/images/mine.qcow2" }] };

        Assert.Null(Refuse(machines[0], machines));
        Assert.NotNull(Refuse(machines[1], machines));
    }

    [Fact]
    public void The_same_name_in_another_store_is_another_file()
    {
        var other = Machine("b", 1, new DiskSource { Existing = "mine.qcow2" });
        other.Spec = other.Spec with { Disks = [other.Spec.Disks[0] with { StoreRef = SpecSamples.Named("other") }] };

        Assert.Null(Refuse(Machine("a", 2, new DiskSource { Existing = "mine.qcow2" }), [other]));
    }

    [Fact]
    public void Two_stores_of_one_export_have_the_same_files()
    {
        var other = Machine("b", 1, new DiskSource { Existing = "mine.qcow2" });
        other.Spec = other.Spec with { Disks = [other.Spec.Disks[0] with { StoreRef = SpecSamples.Named("other") }] };

        Assert.NotNull(DiskClaims.Refuse(Machine("a", 2, new DiskSource { Existing = "mine.qcow2" }), [other], _ => "server:/export"));
    }

    [Theory]
    [InlineData(DiskSharing.Linked, RunStrategy.Always, false)]
    [InlineData(DiskSharing.Linked, RunStrategy.Halted, true)]
    [InlineData(DiskSharing.Full, RunStrategy.Always, true)]
    public void No_disk_is_linked_to_an_image_that_a_guest_writes(DiskSharing sharing, RunStrategy strategy, bool allowed)
    {
        var writer = Machine("writer", 1, new DiskSource { Existing = "golden.qcow2" });
        writer.Spec = writer.Spec with { RunStrategy = strategy };
        var linked = Machine("linked", 2, new DiskSource { Image = "golden.qcow2" });
        linked.Spec = linked.Spec with { Disks = [linked.Spec.Disks[0] with { Sharing = sharing }] };

        Assert.Equal(allowed, Refuse(linked, [writer, linked]) is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_lies_in_the_folder_of_a_guest_is_its_own_and_free_when_the_guest_is_gone(bool isThere)
    {
        var heir = Machine("heir", 2, new DiskSource { Existing = "default_other/root.qcow2" });

        Assert.Equal(isThere, Refuse(heir, isThere ? [heir, Machine("other", 1, new DiskSource { Image = "base.qcow2" })] : [heir]) is not null);
    }

    [Fact]
    public void A_clone_is_read_in_the_format_of_its_source()
    {
        var disk = new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Source = new DiskSource { CloneOf = new CloneSource { VirtualMachine = "other", Disk = "root" } } };

        Assert.Equal(new HostDiskSource.Copy("/images/default_other/root.raw", "raw"), GuestDisks.Plan(Given.Identity, disk, SpecSamples.Store, ("/images/default_other/root.raw", "raw"))!.Source);
    }

    /// <summary>Each store is an export of its own.</summary>
    private static string? Refuse(VirtualMachine machine, IReadOnlyCollection<VirtualMachine> machines)
    {
        // Whoever looks through all guests, and whoever has the few looked up, says the same.
        var refusal = DiskClaims.Refuse(machine, machines, store => store);
        Assert.Equal(refusal, DiskClaims.Refuse(machine, new GuestFiles(Given.Stored(machines)).MayClaim(machine), store => store));
        return refusal;
    }

    private static VirtualMachine Machine(string name, int day, DiskSource source) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", CreationTimestamp = new DateTime(2026, 1, day, 0, 0, 0, DateTimeKind.Utc) },
        Spec = Given.Spec() with { Disks = [new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Source = source }] },
    };
}
