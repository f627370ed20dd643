using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;

namespace KvmOperator.KvmHosts.Draining;

/// <summary>The VmMigrations of a drain. Pure.</summary>
internal static class DrainMoves
{
    private const double GibiByte = 1L << 30;

    /// <summary>Small guests are not given less: libvirt's own work, and a busy host, take their time too.</summary>
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The longest that a VmMigration may have.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    /// <summary>The move of a guest out of a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="before">The guest's moves that are over, the latest one first.</param>
    /// <param name="perGibiByte">How long it may take for each GiB of memory.</param>
    public static VmMigration For(KvmHost host, VirtualMachine guest, string target, IEnumerable<VmMigration> before, TimeSpan perGibiByte)
    {
        var bytes = Quantities.Bytes(guest.Spec.Memory) ?? 0;
        var timeout = Math.Clamp(Math.Ceiling(bytes / GibiByte) * perGibiByte.TotalSeconds, ShortestTimeout.TotalSeconds, LongestTimeout.TotalSeconds);
        return new VmMigration
        {
            Metadata = new V1ObjectMeta
            {
                Name = MoveNames.Next($"drain-{host.Name()}", host.Uid(), guest, [.. before]),
                NamespaceProperty = guest.Namespace(),
                Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [Labels.CreatedBy] = Labels.Operator,
                    [Labels.Purpose] = Labels.Drain,
                    [Labels.LeavesHost] = host.Name(),
                },
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.MoveReason] = $"{host.Name()} is drained: its spec.mode is Maintenance" },
            },
            Spec = new VmMigrationSpec
            {
                VirtualMachineRef = new LocalObjectReference { Name = guest.Name() },
                TargetHostRef = new LocalObjectReference { Name = target },
                TimeoutSeconds = (int)timeout,
            },
        };
    }
}
