using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;

namespace KvmOperator.VirtualMachines;

/// <summary>Says whether a guest is on its way to another host, and what is known of it then. Pure.</summary>
internal static class GuestMoves
{
    /// <summary>While a move is under way only the move touches the guest.</summary>
    public static bool IsMoving(VirtualMachine machine, IEnumerable<VmMigration> migrations) => Find(machine, migrations) is not null;

    /// <summary>The move that has the guest; null when none has it.</summary>
    public static VmMigration? Find(VirtualMachine machine, IEnumerable<VmMigration> migrations) => migrations.FirstOrDefault(migration =>
        migration.Namespace() == machine.Namespace()
        && migration.Spec.VirtualMachineRef.Name == machine.Name()
        && VmMigrationPhases.HoldsGuest(migration.Status?.Phase));

    /// <summary>Whether a drain wants the guest off before it moves it.</summary>
    public static bool IsEvicted(VirtualMachine machine, GuestLocation location, IEnumerable<VmMigration> migrations) =>
        machine.Spec.Availability.OnEviction == EvictionPolicy.Shutdown && location.Running is [var host] && migrations.Any(migration => OwnMoves.ShutsDown(migration, machine, host));

    /// <summary>A move that this program cannot read and that may have the guest; null for none. While there is one, only whoever can read it may touch the guest.</summary>
    public static UndecodableObject? Unreadable(VirtualMachine machine, IEntityStore<VmMigration> moves) => moves.Undecodable.FirstOrDefault(move =>
        move.Key.Namespace == machine.Namespace()
        && moves.Get(move.Key) is null
        && (move.Text("spec", "virtualMachineRef", "name") ?? machine.Name()) == machine.Name()
        && move.Text("status", "phase") is { } phase
        && !(Enum.TryParse<VmMigrationPhase>(phase, out var known) && !VmMigrationPhases.HoldsGuest(known)));

    /// <summary>Whether a change of a move says something else of its guest: not at each step of its progress.</summary>
    public static bool IsNews(VmMigration before, VmMigration now) => before.Status?.Phase != now.Status?.Phase || Unknown(before)?.Message != Unknown(now)?.Message;

    /// <summary>Says of a guest what its move knows.</summary>
    /// <param name="conditions">What is said of the guest.</param>
    /// <param name="move">The move that has it.</param>
    /// <param name="domain">The guest as it was seen last; null when it was not seen.</param>
    public static void Tell(ConditionList conditions, VmMigration move, DomainObservation? domain)
    {
        if (Unknown(move) is { } unknown)
        {
            conditions.Unknown(CommonConditions.Ready, VmMigrationReasons.OutcomeUnknown, $"VmMigration {move.Name()} has it: {unknown.Message}");
        }
        else if (domain is { IsActive: false } && move.Status?.Phase != VmMigrationPhase.Running)
        {
            conditions.True(CommonConditions.Ready, VirtualMachineReasons.Migrating, "it is off and is being moved to another host");
        }
        else
        {
            conditions.True(CommonConditions.Ready, VirtualMachineReasons.Migrating, "it runs and is being moved to another host");
        }
    }

    private static V1Condition? Unknown(VmMigration move) =>
        move.Status?.Conditions.FirstOrDefault(condition => condition is { Type: CommonConditions.Succeeded, Reason: VmMigrationReasons.OutcomeUnknown });
}
