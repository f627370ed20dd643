using k8s.Models;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says whose a file of a store is, when several guests name it. Pure.</summary>
internal static class DiskClaims
{
    /// <summary>Why a guest may not have what it names, and what to do; null when it may.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="machines">All guests.</param>
    /// <param name="exportOf">What the files of a store are, by the store's name: the same for two stores that are one export.</param>
    public static string? Refuse(VirtualMachine machine, IReadOnlyCollection<VirtualMachine> machines, Func<string, string> exportOf) =>
        machine.Spec.Disks.Select(disk => Refuse(machine, disk, machines, exportOf)).FirstOrDefault(refusal => refusal is not null);

    private static string? Refuse(VirtualMachine machine, VirtualMachineDisk disk, IReadOnlyCollection<VirtualMachine> machines, Func<string, string> exportOf)
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

        var export = exportOf(disk.StoreRef.Name);
        var others = machines.Where(other => !IsSame(other, machine) && Named(other, export, file, exportOf) is not null).ToList();
        if (disk.Source?.Existing is null)
        {
            // A whole copy is one moment's content; a linked disk breaks when what it is linked to changes.
            return disk.Sharing == DiskSharing.Linked && others.FirstOrDefault(other => other.Spec.RunStrategy != RunStrategy.Halted || other.Status?.StartTime is not null) is { } writer
                ? $"disk {disk.Name}: the image {file} is a disk of the guest {writer.Namespace()}/{writer.Name()}, which writes to it: copy it (sharing: Full), or name another image"
                : null;
        }

        return others.OrderBy(other => Rank(other, export, file, exportOf)).FirstOrDefault() is { } first
            && Rank(first, export, file, exportOf).CompareTo(Rank(machine, export, file, exportOf)) < 0
                ? $"disk {disk.Name}: the file {file} in the store {disk.StoreRef.Name} is a disk of {first.Namespace()}/{first.Name()} already: name another file, or delete that guest"
                : null;
    }

    private static bool IsSame(VirtualMachine one, VirtualMachine other) => (one.Namespace(), one.Name()) == (other.Namespace(), other.Name());

    private static VirtualMachineDisk? Named(VirtualMachine machine, string export, string existing, Func<string, string> exportOf) =>
        machine.Spec.Disks.FirstOrDefault(own => own.Source?.Existing == existing && exportOf(own.StoreRef.Name) == export);

    /// <summary>Who has the file comes first, then who asked first.</summary>
    private static (bool Waits, DateTime Since, string Key) Rank(VirtualMachine machine, string export, string existing, Func<string, string> exportOf)
    {
        var name = Named(machine, export, existing, exportOf)?.Name;
        return (machine.Status?.Disks.Any(made => made.Name == name && made.Path?.EndsWith($"/{existing}", StringComparison.Ordinal) == true) != true,
            machine.Metadata.CreationTimestamp ?? DateTime.MaxValue,
            $"{machine.Namespace()}/{machine.Name()}");
    }
}
