namespace KvmOperator.Hosts.Vmware;

/// <summary>Where an import keeps what it knows. No spec can name a file there: a part of a path in a store never begins with a dot.</summary>
public static class ImportFiles
{
    /// <summary>The folder for the record in the guest's own folder.</summary>
    public static string Folder(string guestFolder) => $"{guestFolder}/.import";

    /// <summary>The record.</summary>
    public static string Record(string guestFolder) => $"{Folder(guestFolder)}/record.json";

    /// <summary>The work folder of a disk, which a restart of the host empties: what was in work there begins again.</summary>
    /// <param name="uid">The UID of the import.</param>
    /// <param name="disk">The number of the disk.</param>
    public static string Work(string uid, int disk) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/run/kvm-operator/imports/{uid}-{disk}");
}
