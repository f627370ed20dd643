using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines.Deletion;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Deletion;

/// <summary>What is removed with a guest, also with one whose spec cannot be read any more.</summary>
public sealed class GuestRemainsTests
{
    private static readonly VirtualMachineStatus Recorded = new()
    {
        Host = "node1",
        DomainUuid = Given.Identity.Uuid.ToString(),
        Disks =
        [
            new VirtualMachineDiskStatus { Name = "root", Path = "/var/lib/libvirt/images/default_xx/root.qcow2", Created = true },
            new VirtualMachineDiskStatus { Name = "mine", Path = "/var/lib/libvirt/images/mine.qcow2", Created = false },
            new VirtualMachineDiskStatus { Name = "odd", Path = "/etc/passwd", Created = true },
        ],
    };

    [Theory]
    [InlineData("node1", null)]
    [InlineData(null, "5d1f7e0a-6c51-5f0e-9a55-3f6b1d0c2a11")]
    public void A_guest_that_was_valid_once_is_not_forgotten_because_its_spec_became_invalid(string? host, string? uuid)
    {
        Assert.False(GuestRemains.NothingWasDone(new VirtualMachineStatus { Host = host, DomainUuid = uuid }, isValid: false));
        Assert.True(GuestRemains.NothingWasDone(new VirtualMachineStatus(), isValid: false));
        Assert.False(GuestRemains.NothingWasDone(new VirtualMachineStatus(), isValid: true));
    }

    [Fact]
    public void Of_an_invalid_spec_only_what_was_recorded_in_the_guests_own_folder_is_deleted()
    {
        var spec = Given.Spec() with { Disks = [new VirtualMachineDisk { Name = "../../default_other/root", StoreRef = SpecSamples.Named("images") }] };

        var files = GuestRemains.Files(spec, Recorded, isValid: false, Given.Identity, [SpecSamples.Store]);

        Assert.Equal(["/var/lib/libvirt/images/default_xx/root.qcow2"], files.Select(file => file.Path));
    }

    [Fact]
    public void Of_a_valid_spec_everything_but_existing_files_is_deleted_also_when_nothing_was_recorded()
    {
        var spec = Given.Spec();
        var files = GuestRemains.Files(spec with { Disks = [.. spec.Disks, new VirtualMachineDisk { Name = "mine", StoreRef = SpecSamples.Named("images"), Source = new DiskSource { Existing = "mine.qcow2" } }] }, new VirtualMachineStatus(), isValid: true, Given.Identity, [SpecSamples.Store]);

        Assert.Equal(["/var/lib/libvirt/images/default_xx/root.qcow2"], files.Select(file => file.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_kept_of_a_guest_is_looked_for_also_when_all_its_disks_are_somebody_elses(bool isValid)
    {
        var spec = Given.Spec() with { Disks = [new VirtualMachineDisk { Name = "mine", StoreRef = SpecSamples.Named("images"), Source = new DiskSource { Existing = "mine.qcow2" } }] };
        var status = Recorded with { Disks = [Recorded.Disks[1]] };
        var other = SpecSamples.Store;
        other.Metadata.Name = "other";
        other.Spec = other.Spec with { MountPath = "/srv/other" };

        Assert.Empty(GuestRemains.Files(spec, status, isValid, Given.Identity, [SpecSamples.Store, other]));
        Assert.Equal("images", Assert.Single(GuestRemains.Stores(spec, status, isValid, Given.Identity, [SpecSamples.Store, other])).Metadata.Name);
    }
}
