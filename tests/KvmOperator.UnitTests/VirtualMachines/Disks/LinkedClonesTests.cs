using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Disks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>Who would lose content if a guest's disks changed or went.</summary>
public sealed class LinkedClonesTests
{
    private static readonly VirtualMachine Origin = Machine("origin", new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images") });

    [Fact]
    public void A_linked_clone_counts_before_anything_is_known_of_it() => Assert.Equal(["default/clone"], LinkedClones.Of(Origin, [Origin, Clone(DiskSharing.Linked)]));

    [Fact]
    public void A_full_copy_and_a_clone_of_another_guest_or_disk_or_namespace_do_not_count()
    {
        var abroad = Clone(DiskSharing.Linked);
        abroad.Metadata.NamespaceProperty = "other";

        Assert.Empty(LinkedClones.Of(Origin, [Origin, Clone(DiskSharing.Full), Clone(DiskSharing.Linked, "another"), Clone(DiskSharing.Linked, disk: "data"), abroad]));
    }

    [Fact]
    public void A_clone_that_waits_for_the_origin_to_be_off_does_not_keep_it_from_being_started_again()
    {
        var clone = Clone(DiskSharing.Linked);
        clone.Status = new VirtualMachineStatus { Conditions = [Disks(CommonReasons.DependencyNotReady)] };
        Assert.Empty(LinkedClones.Of(Origin, [clone]));

        clone.Status = new VirtualMachineStatus { Conditions = [Disks(CommonReasons.InProgress)] };
        Assert.NotEmpty(LinkedClones.Of(Origin, [clone]));

        clone.Status = new VirtualMachineStatus { Conditions = [Disks(CommonReasons.DependencyNotReady)], Disks = [new VirtualMachineDiskStatus { Name = "root" }] };
        Assert.NotEmpty(LinkedClones.Of(Origin, [clone]));
    }

    [Fact]
    public void A_file_that_was_linked_counts_whoever_has_it_now()
    {
        var origin = Machine("origin");
        origin.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = "/images/default_origin/root.qcow2" }] };
        var heir = Machine("heir");
        heir.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = "/images/kept.qcow2", BackingFile = "/images/default_origin/root.qcow2" }] };

        Assert.Equal(["default/heir"], LinkedClones.Of(origin, [origin, heir]));
    }

    private static VirtualMachine Clone(DiskSharing sharing, string of = "origin", string disk = "root") => Machine(
        "clone",
        new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Sharing = sharing, Source = new DiskSource { CloneOf = new CloneSource { VirtualMachine = of, Disk = disk } } });

    private static VirtualMachine Machine(string name, params VirtualMachineDisk[] disks) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = Given.Spec() with { Disks = disks },
    };

    private static V1Condition Disks(string reason) => new() { Type = VirtualMachineConditions.DisksReady, Status = "False", Reason = reason };
}
