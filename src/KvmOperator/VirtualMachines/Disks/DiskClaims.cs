using k8s.Models;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says whose a file of a store is, when several guests name it. Pure.</summary>
internal static class DiskClaims
{
    /// <summary>Why a guest may not have what it names, and what to do; null when it may.</summary>
    public static string? Refuse(VirtualMachine machine, IReadOnlyCollection<VirtualMachine> machines) =>
        machine.Spec.Disks.Select(disk => Refuse(machine, disk, machines)).FirstOrDefault(refusal => refusal is not null);

    private static string? Refuse(VirtualMachine machine, VirtualMachineDisk disk, IReadOnlyCollection<VirtualMachine> machines)
    {
        if ((disk.Source?.Existing ?? disk.Source?.Image) is not { } file)
        {
            return null;
        }

        // Guests of other namespaces were refused with the spec.
        var folders = file.Split('/')[..^1];
        if (machines.FirstOrDefault(other => !IsSame(other, machine) && folders.Contains($"{other.Namespace()}_{other.Name()}", StringComparer.Ordinal)) is { } keeper)
        {
            return $"disk {disk.Name}: {file} lies in the folder of the guest {keeper.Name()}, which uses it: clone its disk (source.clone), or name another file";
        }

        return disk.Source?.Existing is { } existing
            && machines.Where(other => !IsSame(other, machine) && Named(other, disk, existing) is not null).OrderBy(other => Rank(other, disk, existing)).FirstOrDefault() is { } first
            && Rank(first, disk, existing).CompareTo(Rank(machine, disk, existing)) < 0
                ? $"disk {disk.Name}: the file {existing} in the store {disk.StoreRef.Name} is a disk of {first.Namespace()}/{first.Name()} already: name another file, or delete that guest"
                : null;
    }

    private static bool IsSame(VirtualMachine one, VirtualMachine other) => (one.Namespace(), one.Name()) == (other.Namespace(), other.Name());

    private static VirtualMachineDisk? Named(VirtualMachine machine, VirtualMachineDisk disk, string existing) =>
        machine.Spec.Disks.FirstOrDefault(own => own.StoreRef.Name == disk.StoreRef.Name && own.Source?.Existing == existing);

    /// <summary>Who has the file comes first, then who asked first.</summary>
    private static (bool Waits, DateTime Since, string Key) Rank(VirtualMachine machine, VirtualMachineDisk disk, string existing)
    {
        var name = Named(machine, disk, existing)?.Name;
        return (machine.Status?.Disks.Any(made => made.Name == name && made.Path?.EndsWith($"/{existing}", StringComparison.Ordinal) == true) != true,
            machine.Metadata.CreationTimestamp ?? DateTime.MaxValue,
            $"{machine.Namespace()}/{machine.Name()}");
    }
}
