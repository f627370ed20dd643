using System.Text.RegularExpressions;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Reads what an OVF says about a machine. A disk's file name is its file's href.</summary>
public static partial class OvfMachineReader
{
    private const int Processor = 3;
    private const int Memory = 4;
    private const int Ide = 5;
    private const int Scsi = 6;
    private const int Network = 10;
    private const int CdRom = 15;
    private const int Dvd = 16;
    private const int Disk = 17;
    private const int OtherStorage = 20;
    private const int Usb = 23;

    /// <summary>Reads a machine.</summary>
    /// <param name="envelope">The OVF.</param>
    /// <param name="fileName">Its name, from which a machine without one gets its.</param>
    /// <param name="concerns">Takes what is noticed.</param>
    public static SourceMachine Read(OvfEnvelope envelope, string fileName, ConcernList concerns)
    {
        if (envelope.Machines > 1)
        {
            concerns.Add(ConcernId.Ambiguous, fileName, $"{Shown.Of(fileName)} has {envelope.Machines} machines.", "Export each machine by itself.");
        }

        var guest = GuestDetection.Of(envelope.GuestOs?.Replace("Guest", string.Empty, StringComparison.Ordinal).Replace("64", "-64", StringComparison.Ordinal).Replace("_-64", "-64", StringComparison.Ordinal), null);
        var firmware = envelope.Settings.GetValueOrDefault("firmware")?.ToLowerInvariant() switch
        {
            null or "" or "bios" => SourceFirmware.Bios,
            "efi" or "uefi" => SourceFirmware.Uefi,
            _ => SourceFirmware.Unknown,
        };
        if (firmware == SourceFirmware.Unknown)
        {
            concerns.Add(ConcernId.UnknownFirmware, fileName, $"The machine's firmware is {Shown.Of(envelope.Settings["firmware"])}, which is not known: BIOS is taken.");
        }

        var hasSecureBoot = firmware == SourceFirmware.Uefi && envelope.Settings.Any(setting => setting.Key.Contains("secureboot", StringComparison.Ordinal) && setting.Value.Equals("true", StringComparison.OrdinalIgnoreCase));
        if (hasSecureBoot)
        {
            concerns.Add(ConcernId.SecureBoot, "firmware", "The machine starts with secure boot.");
        }

        var processors = envelope.Items.FirstOrDefault(item => item.ResourceType == Processor);
        return new SourceMachine
        {
            Name = envelope.Name ?? fileName[..Math.Max(0, fileName.LastIndexOf('.'))],
            Vcpus = (int)Math.Clamp(processors?.Quantity ?? 1, 1, 4096),
            CoresPerSocket = processors?.CoresPerSocket is > 0 and <= 4096 and var cores ? (int)cores : null,
            MemoryMiB = MemoryOf(envelope.Items.FirstOrDefault(item => item.ResourceType == Memory)),
            Firmware = firmware,
            HasSecureBoot = hasSecureBoot,
            Guest = guest,
            Disks = Disks(envelope, concerns),
            Nics = Nics(envelope),
            CdRomController = envelope.Items.Where(item => item.ResourceType is CdRom or Dvd).Select(item => (DiskController?)ControllerOf(envelope, item)).FirstOrDefault(),
        };
    }

    private static long? MemoryOf(OvfItem? item)
    {
        if (item?.Quantity is not > 0)
        {
            return null;
        }

        // Without a unit the number is MiB, as the standard's examples and all tools have it.
        var unit = item.Units is null ? 1L << 20 : OvfReader.Units(item.Units);
        var amount = ((Int128)item.Quantity.Value * unit) >> 20;
        return amount > 0 && amount <= 1L << 30 ? (long)amount : null;
    }

    private static List<SourceDisk> Disks(OvfEnvelope envelope, ConcernList concerns)
    {
        var files = envelope.Files.GroupBy(file => file.Id, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var result = new List<SourceDisk>();
        var slots = new HashSet<string>(StringComparer.Ordinal);
        var attached = envelope.Items.Where(item => item.ResourceType == Disk)
            .Select(item => (Item: (OvfItem?)item, Disk: envelope.Disks.FirstOrDefault(disk => disk.Id == IdOf(item.HostResource))))
            .Where(pair => pair.Disk is not null)
            .ToList();

        // Some tools write disks and forget to attach them.
        attached.AddRange(attached.Count > 0 ? [] : envelope.Disks.Select(disk => ((OvfItem?)null, (OvfDisk?)disk)));
        foreach (var (item, disk) in attached)
        {
            if (disk!.FileId is null || !files.TryGetValue(disk.FileId, out var file))
            {
                var what = $"The disk {Shown.Of(disk.Id)} has no file";
                concerns.Add(disk.FileId is null ? ConcernId.Dropped : ConcernId.FileMissing, disk.Id, disk.FileId is null ? $"{what}: it is empty, and not taken over." : $"{what}: {Shown.Of(disk.FileId)} is not among the References.");
                continue;
            }

            var controller = item is null ? DiskController.LsiLogic : ControllerOf(envelope, item);
            var bus = controller switch
            {
                DiskController.Ide => "ide",
                DiskController.Ahci => "sata",
                DiskController.Nvme => "nvme",
                DiskController.Usb => "usb",
                _ => "scsi",
            };
            var parent = envelope.Items.FirstOrDefault(other => item?.Parent is { } id && other.Id == id);
            var number = long.TryParse(parent?.Address, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var address) && address < 16 ? address : 0;
            var slot = $"{bus}{number}:{Math.Clamp(item?.AddressOnParent ?? result.Count, 0, 255)}";
            if (!slots.Add(slot))
            {
                var free = Enumerable.Range(0, FormatLimits.Members * 2).Select(unit => $"{bus}{number}:{unit}").First(candidate => !slots.Contains(candidate));
                concerns.Add(ConcernId.SameAddress, disk.Id, $"The disk {Shown.Of(disk.Id)} has the address {slot} of another one: it becomes {free}.");
                _ = slots.Add(slot = free);
            }

            result.Add(new SourceDisk(slot, controller, file.Href) { Capacity = disk.Capacity });
        }

        return result;
    }

    private static DiskController ControllerOf(OvfEnvelope envelope, OvfItem item)
    {
        var parent = envelope.Items.FirstOrDefault(other => item.Parent is { } id && other.Id == id);
        var model = parent?.SubType?.ToLowerInvariant() ?? string.Empty;
        return parent?.ResourceType switch
        {
            Ide => DiskController.Ide,
            Usb => DiskController.Usb,
            OtherStorage => model.Contains("nvme", StringComparison.Ordinal) ? DiskController.Nvme : DiskController.Ahci,
            Scsi => model switch
            {
                "virtualscsi" or "pvscsi" => DiskController.PvScsi,
                "lsilogicsas" or "lsisas1068" => DiskController.LsiSas1068,
                "buslogic" => DiskController.BusLogic,
                _ => DiskController.LsiLogic,
            },
            _ => item.ResourceType is CdRom or Dvd ? DiskController.Ide : DiskController.LsiLogic,
        };
    }

    private static List<SourceNic> Nics(OvfEnvelope envelope) =>
        [.. envelope.Items.Where(item => item.ResourceType == Network).Select((item, index) => new SourceNic(index)
        {
            Model = item.SubType?.ToLowerInvariant(),
            Mac = item.Address is { } address && Mac().IsMatch(address) ? address.Replace('-', ':').ToLowerInvariant() : null,
            IsStatic = item.Address is not null,
            NetworkName = item.Connection,
            IsConnected = item.IsConnected,
        })];

    private static string? IdOf(string? hostResource) => hostResource?[(hostResource.LastIndexOf('/') + 1)..];

    [GeneratedRegex("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Mac();
}
