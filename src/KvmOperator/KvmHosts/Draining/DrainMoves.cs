using System.Security.Cryptography;
using System.Text;
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
    /// <summary>Names of objects have at most 253 letters; those of hosts at most 63.</summary>
    private const int LongestGuest = 150;

    private const double GibiByte = 1L << 30;

    /// <summary>Small guests are not given less: libvirt's own work, and a busy host, take their time too.</summary>
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The longest that a VmMigration may have.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    /// <summary>
    /// The move of a guest out of a host. As long as none of the guest's moves ends it gets the same name, whoever asks: a second one cannot be made. In another cluster, where the guest's object is another one, it gets another
    /// name, so that it is not taken for one that was done before.
    /// </summary>
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
                Name = Name(host, guest, [.. before]),
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

    /// <summary>Times are kept in whole seconds, so that of two moves that ended in one second the later one is not known: it is the one whose name follows from the other.</summary>
    private static string Name(KvmHost host, VirtualMachine guest, List<VmMigration> before)
    {
        var known = before.ToDictionary(move => move.Name(), move => move.Uid(), StringComparer.Ordinal);
        var name = Name(host, guest, before.Count > 0 ? before[0].Uid() : string.Empty);
        while (known.Remove(name, out var uid))
        {
            name = Name(host, guest, uid);
        }

        return name;
    }

    private static string Name(KvmHost host, VirtualMachine guest, string after)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{host.Uid()} {guest.Uid()} {after}")).AsSpan(0, 5));
        return $"drain-{host.Name()}-{guest.Name()[..Math.Min(guest.Name().Length, LongestGuest)].TrimEnd('-', '.')}-{hash}";
    }
}
