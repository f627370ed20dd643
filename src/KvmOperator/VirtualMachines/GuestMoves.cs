using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.VmMigrations;

namespace KvmOperator.VirtualMachines;

/// <summary>Says whether a guest is on its way to another host. Pure.</summary>
internal static class GuestMoves
{
    /// <summary>While a move is under way only the move touches the guest.</summary>
    public static bool IsMoving(VirtualMachine machine, IEnumerable<VmMigration> migrations) => migrations.Any(migration =>
        migration.Namespace() == machine.Namespace()
        && migration.Spec.VirtualMachineRef.Name == machine.Name()
        && VmMigrationStates.HoldsGuest(migration.Status?.Phase));
}
