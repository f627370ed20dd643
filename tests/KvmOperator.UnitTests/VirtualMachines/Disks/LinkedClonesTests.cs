using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines.Disks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>Who would lose content if a guest's disks changed or went.</summary>
public sealed class LinkedClonesTests
{
    private static readonly VirtualMachine Origin = Machine("origin", new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images") });

    [Fact]
    public void A_linked_clone_counts_before_anything_is_known_of_it() => Assert.Equal(["default/clone"], Of(Origin, [Origin, Clone(DiskSharing.Linked)]));

    [Fact]
    public void A_full_copy_and_a_clone_of_another_guest_or_disk_or_namespace_do_not_count()
    {
        var abroad = Clone(DiskSharing.Linked);
        abroad.Metadata.NamespaceProperty = "other";

        Assert.Empty(Of(Origin, [Origin, Clone(DiskSharing.Full), Clone(DiskSharing.Linked, "another"), Clone(DiskSharing.Linked, disk: "data"), abroad]));
    }

    [Fact]
    public void A_clone_that_waits_for_the_origin_to_be_off_does_not_keep_it_from_being_started_again()
    {
        var clone = Clone(DiskSharing.Linked);
        clone.Status = new VirtualMachineStatus { Conditions = [Disks(CommonReasons.DependencyNotReady)] };
        Assert.Empty(Of(Origin, [clone]));

        clone.Status = new VirtualMachineStatus { Conditions = [Disks(CommonReasons.InProgress)] };
        Assert.NotEmpty(Of(Origin, [clone]));

        clone.Status = new VirtualMachineStatus { Conditions = [Disks(CommonReasons.DependencyNotReady)], Disks = [new VirtualMachineDiskStatus { Name = "root" }] };
        Assert.NotEmpty(Of(Origin, [clone]));
    }

    [Fact]
    public void A_file_that_was_linked_counts_whoever_has_it_now()
    {
        var origin = Machine("origin");
        origin.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = "/images/default_origin/root.qcow2" }] };
        var heir = Machine("heir");
        heir.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = "/images/kept.qcow2", BackingFile = "/images/default_origin/root.qcow2" }] };

        Assert.Equal(["default/heir"], Of(origin, [origin, heir]));
    }

    [Fact]
    public void Disks_that_are_linked_to_an_image_count_for_the_guest_that_has_it_as_its_own()
    {
        var linked = Machine("linked", new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Sharing = DiskSharing.Linked, Source = new DiskSource { Image = "golden.qcow2" } });
        var editor = Machine("editor", new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Source = new DiskSource { Existing = "golden.qcow2" } });
        var elsewhere = Machine("elsewhere", new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("other"), Source = new DiskSource { Existing = "golden.qcow2" } });

        Assert.Equal(["default/linked"], Of(editor, [linked, editor, elsewhere]));
        Assert.Empty(Of(elsewhere, [linked, editor, elsewhere]));
    }

    [Fact]
    public void What_was_just_read_of_the_disks_counts_and_not_only_what_is_written_down()
    {
        var heir = Machine("heir");
        heir.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = "/images/kept.qcow2", BackingFile = "/images/golden.qcow2" }] };

        Assert.Equal(["default/heir"], Of(Machine("editor"), [heir], [new VirtualMachineDiskStatus { Name = "root", Path = "/images/golden.qcow2" }]));
    }

    [Fact]
    public void A_guest_of_the_namespace_that_cannot_be_read_may_be_linked()
    {
        var machines = Given.Stored(Origin);
        var files = new GuestFiles(machines);
        Assert.Empty(files.Unreadable(Origin));

        using var document = System.Text.Json.JsonDocument.Parse("{}");
        foreach (var inNamespace in new[] { "default", "other" })
        {
            machines.PutUndecodable(new UndecodableObject(new EntityKey(inNamespace, "later"), null, new Dictionary<string, string>(StringComparer.Ordinal), document.RootElement.Clone(), "an unknown strategy"));
        }

        Assert.Equal(["default/later"], files.Unreadable(Origin));
    }

    /// <summary>Whoever looks through all guests, and whoever has the few looked up, says the same.</summary>
    private static IReadOnlyList<string> Of(VirtualMachine origin, IReadOnlyList<VirtualMachine> machines, IReadOnlyList<VirtualMachineDiskStatus>? disks = null)
    {
        var clones = LinkedGuests.ClonesOf(origin, machines, disks);
        Assert.Equal(clones, LinkedGuests.ClonesOf(origin, new GuestFiles(Given.Stored(machines)).MayBeLinkedTo(origin, disks), disks));
        return clones;
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
