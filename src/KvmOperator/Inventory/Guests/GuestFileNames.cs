using k8s.Models;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.Inventory.Guests;

/// <summary>How the files of a guest are called in a store. Pure.</summary>
internal static class GuestFileNames
{
    /// <summary>The file with cloud-init's data.</summary>
    public const string CloudInit = "cloud-init.iso";

    /// <summary>The folder of a guest's own files: an underscore cannot be in a Kubernetes name, so no two guests share one.</summary>
    public static string Folder(VirtualMachine guest) => $"{guest.Namespace()}_{guest.Name()}";

    /// <summary>The file that the operator makes for a disk; it ends with its format.</summary>
    public static string Of(VirtualMachineDisk disk) => $"{disk.Name}.{Format(disk)}";

    /// <summary>The format of a disk's file, as QEMU calls it.</summary>
    public static string Format(VirtualMachineDisk disk) => disk.Format == DiskFormat.Raw ? "raw" : "qcow2";
}
