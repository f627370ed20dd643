using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>Guests of which virt-install 4.1 on Debian 12 was asked for their own definitions and for those of their shapes. What it printed stands in the folder <c>VirtInstall</c>.</summary>
internal static class RecordedGuests
{
    private const long MebiByte = 1024 * 1024;
    private const string Folder = "/var/lib/libvirt/images";

    /// <summary>One disk, one card on a network.</summary>
    public static GuestDefinition Web { get; } = new(
        new DomainIdentity("default", "web"),
        1,
        256 * MebiByte,
        [new GuestDisk($"{Folder}/default_web/root.qcow2", "qcow2", "virtio", "vda") { BootOrder = 1 }],
        [new GuestInterface("default", null, "52:54:00:11:22:33")])
    {
        MaximumVcpus = 4,
        MaximumMemoryBytes = 256 * MebiByte,
    };

    /// <summary>UEFI, two buses, cloud-init, a bridge and a network, and started from the network first.</summary>
    public static GuestDefinition Win { get; } = new(
        new DomainIdentity("team", "win"),
        4,
        4096 * MebiByte,
        [
            new GuestDisk($"{Folder}/team_win/root.raw", "raw", "sata", "sda") { BootOrder = 2 },
            new GuestDisk($"{Folder}/team_win/data.qcow2", "qcow2", "scsi", "sdb"),
        ],
        [
            new GuestInterface(null, "br0", "52:54:00:aa:bb:cc") { BootOrder = 1 },
            new GuestInterface("lan", null, "52:54:00:aa:bb:cd"),
        ])
    {
        MaximumVcpus = 16,
        MaximumMemoryBytes = 4096 * MebiByte,
        Firmware = GuestFirmware.Uefi,
        OperatingSystem = "win10",
        CloudInitImage = $"{Folder}/team_win/cloud-init.iso",
    };

    /// <summary>More processors and memory than most, two disks, no card.</summary>
    public static GuestDefinition Big { get; } = new(
        new DomainIdentity("default", "big"),
        200,
        300000 * MebiByte,
        [
            new GuestDisk($"{Folder}/default_big/root.qcow2", "qcow2", "virtio", "vda") { BootOrder = 1 },
            new GuestDisk($"{Folder}/default_big/b.qcow2", "qcow2", "virtio", "vdb"),
        ],
        [])
    {
        MaximumVcpus = 255,
        MaximumMemoryBytes = 300000 * MebiByte,
    };

    /// <summary>A guest by its name in the recordings.</summary>
    public static GuestDefinition Find(string name) => name switch
    {
        "web" => Web,
        "win" => Win,
        _ => Big,
    };

    /// <summary>What virt-install printed when it was asked for the very guest.</summary>
    public static string Own(string name) => File.ReadAllText(Path.Combine(Repository.Root, "tests/KvmOperator.UnitTests/Hosts/Libvirt/VirtInstall", $"{name}.xml"));

    /// <summary>What it printed when it was asked for the shape of the guest.</summary>
    public static string OfShape(string name) => Own($"{name}-template").Replace("FOLDER", DomainTemplate.For(Find(name)).Folder, StringComparison.Ordinal);
}
