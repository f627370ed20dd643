namespace KvmOperator.Hosts.Kept;

/// <summary>
/// Where it is kept what a guest is beside its disks. No spec can name a file there: a part of a path in a store never begins with a dot. A guest that could write its own definition would choose
/// what it is given of its host.
/// </summary>
public static class KeptFiles
{
    /// <summary>The folder in the guest's own folder.</summary>
    public static string Folder(string guestFolder) => $"{guestFolder}/.kept";

    /// <summary>The file of the guest's UEFI variables, which its domain names.</summary>
    public static string FirmwareVariables(string guestFolder) => $"{Folder(guestFolder)}/firmware-variables.fd";
}
