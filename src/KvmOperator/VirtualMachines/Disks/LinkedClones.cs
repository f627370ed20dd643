using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says which guests keep only what differs from another guest's disks: while they exist, those disks must neither change nor go. Pure.</summary>
internal static class LinkedClones
{
    /// <summary>The guests that are linked to a guest's disks, as <c>namespace/name</c>, in order. One that still waits to be linked has nothing to lose yet.</summary>
    /// <param name="origin">The guest.</param>
    /// <param name="machines">All guests.</param>
    /// <param name="disks">What is known of its disks; null for what is written down.</param>
    public static IReadOnlyList<string> Of(VirtualMachine origin, IEnumerable<VirtualMachine> machines, IReadOnlyList<VirtualMachineDiskStatus>? disks = null) =>
    [
        .. machines
            .Where(machine => (machine.Namespace(), machine.Name()) != (origin.Namespace(), origin.Name()) && (IsLinkedBySpec(machine, origin) || IsLinkedToImage(machine, origin) || IsLinkedByFile(machine, disks ?? origin.Status?.Disks ?? [])))
            .Select(machine => $"{machine.Namespace()}/{machine.Name()}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Whether it is written down that a disk waits and was not made: then its origin may be started. What is not known counts as made, so before a disk is linked this must be false.
    /// </summary>
    public static bool IsWaiting(VirtualMachine clone, VirtualMachineDisk disk) =>
        clone.Status is { } status
        && status.Disks.All(made => made.Name != disk.Name)
        && status.Conditions.Any(condition => condition is { Type: VirtualMachineConditions.DisksReady, Status: "False", Reason: CommonReasons.DependencyNotReady });

    private static bool IsLinkedBySpec(VirtualMachine machine, VirtualMachine origin) =>
        machine.Namespace() == origin.Namespace()
        && machine.Spec.Disks.Any(disk => disk is { Sharing: DiskSharing.Linked, Source.CloneOf: { } clone }
            && clone.VirtualMachine == origin.Name()
            && origin.Spec.Disks.Any(cloned => cloned.Name == clone.Disk)
            && !IsWaiting(machine, disk));

    /// <summary>Also a file that was linked once and is an existing one of a new guest now.</summary>
    private static bool IsLinkedByFile(VirtualMachine machine, IReadOnlyList<VirtualMachineDiskStatus> disks) =>
        machine.Status?.Disks.Any(disk => disk.BackingFile is { } backing && disks.Any(shared => shared.Path == backing)) == true;

    /// <summary>An image that others are linked to, and that a guest has as an existing disk.</summary>
    private static bool IsLinkedToImage(VirtualMachine machine, VirtualMachine origin) =>
        machine.Spec.Disks.Any(disk => disk is { Sharing: DiskSharing.Linked, Source.Image: { } image }
            && origin.Spec.Disks.Any(own => own.StoreRef.Name == disk.StoreRef.Name && own.Source?.Existing == image)
            && !IsWaiting(machine, disk));
}
