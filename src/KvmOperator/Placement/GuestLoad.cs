using k8s.Models;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Planning.Placement;

namespace KvmOperator.Placement;

/// <summary>What one guest takes of its host.</summary>
/// <param name="Vcpus">Its virtual CPUs.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Groups">Its groups of anti-affinity, each as the guest's namespace and the group's name.</param>
internal sealed record GuestLoad(int Vcpus, long MemoryBytes, IReadOnlyList<string> Groups)
{
    /// <summary>Memory that its QEMU takes beside the guest's own.</summary>
    public long OverheadBytes { get; } = QemuMemory.OverheadBytes(Vcpus, MemoryBytes);

    /// <summary>What a guest was promised.</summary>
    public static GuestLoad Of(VirtualMachine guest) => new(guest.Spec.Vcpus, Quantities.Bytes(guest.Spec.Memory) ?? 0, [.. GroupsOf(guest)]);

    /// <summary>The groups of a guest.</summary>
    public static IEnumerable<string> GroupsOf(VirtualMachine guest) => guest.Spec.Placement.AntiAffinity.Select(group => $"{guest.Namespace()}/{group}");
}
