using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Planning.Files;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Reads guests for <see cref="LinkedClones"/>. Pure.</summary>
internal static class LinkedGuests
{
    /// <summary>The guests that are linked to a guest's disks, as <c>namespace/name</c>, in order.</summary>
    /// <param name="origin">The guest.</param>
    /// <param name="machines">All guests, or those that <see cref="GuestFiles.MayBeLinkedTo"/> finds.</param>
    /// <param name="disks">What is known of its disks; null for what is written down.</param>
    public static IReadOnlyList<string> ClonesOf(VirtualMachine origin, IEnumerable<VirtualMachine> machines, IReadOnlyList<VirtualMachineDiskStatus>? disks = null) =>
        LinkedClones.Of(Read(origin, disks), machines.Select(machine => Read(machine)));

    /// <summary>
    /// Whether it is written down that a disk waits and was not made: then its origin may be started. What is not known counts as made, so before a disk is linked this must be false.
    /// </summary>
    public static bool IsWaiting(VirtualMachine clone, VirtualMachineDisk disk) =>
        clone.Status is { } status
        && status.Disks.All(made => made.Name != disk.Name)
        && status.Conditions.Any(condition => condition is { Type: VirtualMachineConditions.DisksReady, Status: "False", Reason: CommonReasons.DependencyNotReady });

    private static LinkedGuest Read(VirtualMachine machine, IReadOnlyList<VirtualMachineDiskStatus>? disks = null)
    {
        var known = disks ?? machine.Status?.Disks ?? [];
        return new LinkedGuest(machine.Namespace(), machine.Name(), [.. machine.Spec.Disks.Select(disk => Read(machine, disk))])
        {
            Paths = [.. known.Select(disk => disk.Path).OfType<string>()],
            BackingFiles = [.. known.Select(disk => disk.BackingFile).OfType<string>()],
        };
    }

    private static LinkedDisk Read(VirtualMachine machine, VirtualMachineDisk disk) => new(disk.Name, disk.StoreRef.Name)
    {
        Existing = disk.Source?.Existing,
        LinkedTo = disk switch
        {
            { Sharing: DiskSharing.Linked, Source.CloneOf: { } clone } => new DiskOrigin.Disk(clone.VirtualMachine, clone.Disk),
            { Sharing: DiskSharing.Linked, Source.Image: { } image } => new DiskOrigin.Image(image),
            _ => null,
        },
        Waits = IsWaiting(machine, disk),
    };
}
