using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Lifecycle;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>Says what a move has to wait for at its guest. Pure.</summary>
internal static class MigrationObstacles
{
    /// <summary>What keeps the guest from being moved now; null for nothing.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="location">Where it was found.</param>
    /// <param name="now">The time.</param>
    public static string? Find(VirtualMachine machine, GuestLocation location, DateTimeOffset now)
    {
        if (location.Running.Count > 1)
        {
            return $"the guest runs on {string.Join(" and ", location.Running)}: see the VirtualMachine";
        }

        if (location.Domain is null || (location.Running.Count == 0 && location.Unknown.Count > 0 && !GuestLifecycle.IsAtHome(machine.Status?.Host, GuestReading.Sighting(location))))
        {
            return location.Unknown.Count > 0 ? $"{string.Join(", ", location.Unknown)} cannot be asked for the guest" : "the guest is not there yet";
        }

        // Whoever moves the definition of a guest that is just being started would move it away from under the guest.
        return IsAboutToStart(machine, location, now) ? "the guest is off and about to be started: wait, or say spec.runStrategy Halted there to move it while it is off" : null;
    }

    /// <summary>A guest that wants to be shut down when its host is drained is moved when it is off; null for nothing to wait for.</summary>
    /// <param name="move">The move.</param>
    /// <param name="machine">The guest.</param>
    /// <param name="location">Where it was found.</param>
    public static string? Eviction(VmMigration move, VirtualMachine machine, GuestLocation location) =>
        location.Running.Any(host => OwnMoves.ShutsDown(move, machine, host))
            ? "the guest is asked to shut down first, as spec.availability.onEviction says: end it if it does not"
            : null;

    private static bool IsAboutToStart(VirtualMachine machine, GuestLocation location, DateTimeOffset now) =>
        !machine.IsPaused()
        && machine.Metadata.DeletionTimestamp is null
        // Such a guest is told to be moved: it must not wait for its own start.
        && !machine.IsRefusedAtHome()
        && GuestLifecycle.Next(GuestReading.Facts(machine.Spec, machine.Status ?? new VirtualMachineStatus(), location), now) is GuestStep.Start or GuestStep.BackOff;
}
