using System.Globalization;
using System.Text.RegularExpressions;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Reads what a .vmx says about a machine. The keys are listed with their sources in the documentation of imports.</summary>
public static partial class SourceMachineReader
{
    private static readonly string[] HostDevices = ["pcipassthru", "sriov"];

    /// <summary>Reads a machine.</summary>
    /// <param name="file">The .vmx.</param>
    /// <param name="fileName">Its name, from which a machine without one gets its.</param>
    /// <param name="concerns">Takes what is noticed.</param>
    public static SourceMachine Read(VmxFile file, string fileName, ConcernList concerns)
    {
        Notes(file, fileName, concerns);
        var name = file.Text("displayName") ?? WithoutExtension(fileName);
        var isEncrypted = file.Text("encryption.keySafe") is not null || file.Text("encryption.data") is not null;
        if (isEncrypted && !file.Keys.Any(key => key.StartsWith("memsize", StringComparison.Ordinal) || key.EndsWith(".filename", StringComparison.Ordinal)))
        {
            concerns.Add(ConcernId.Encrypted, fileName, $"{Shown.Of(fileName)} is encrypted: what the machine is cannot be read without its password.");
            return new SourceMachine { Name = name, IsEncrypted = true };
        }

        var hasTpm = isEncrypted || file.Flag("vtpm.present") == true || file.Flag("managedVM.autoAddVTPM") == true || file.Text("managedVM.autoAddVTPM") is "software";
        if (hasTpm)
        {
            concerns.Add(ConcernId.Vtpm, string.Empty, "The machine has a TPM whose content is encrypted: a system that keeps its keys there asks for a recovery key, or does not start.");
        }

        var guest = GuestDetection.Read(file);
        var (firmware, hasSecureBoot) = Firmware(file, concerns);
        var devices = Devices(file, concerns);
        Dropped(file, concerns);
        foreach (var key in new[] { "workingDir", "suspend.directory" })
        {
            if (file.Text(key) is { } folder && folder is not ("." or "./"))
            {
                concerns.Add(ConcernId.OtherFolder, key, $"The machine keeps files in {Shown.Of(folder)} ({key}).");
            }
        }

        return new SourceMachine
        {
            Name = name,
            Vcpus = (int)Math.Clamp(file.Number("numvcpus") ?? 1, 1, 4096),
            CoresPerSocket = file.Number("cpuid.coresPerSocket") is > 0 and <= 4096 and var cores ? (int)cores : null,
            MemoryMiB = file.Number("memsize") is > 0 and <= 1L << 30 and var memory ? memory : null,
            Firmware = firmware,
            HasSecureBoot = hasSecureBoot,
            HasTpm = hasTpm,
            SuspendedState = file.Text("checkpoint.vmState"),
            WasShutDown = file.Flag("cleanShutdown"),
            Guest = guest,
            Disks = devices.Disks,
            CdRomController = devices.CdRom,
            Nics = Nics(file, concerns),
            BootOrder = BootOrder(file, devices.Disks),
            BiosId = SmbiosId(file.Text("uuid.bios")),
            GenerationId = file.Text("vm.genid") is { } first ? $"{first}/{file.Text("vm.genidX")}" : null,
            Annotation = file.Value("annotation"),
            NvramFile = file.Text("nvram"),
        };
    }

    /// <summary>The controllers' words.</summary>
    public static DiskController Controller(string bus, string? model) => (bus, model?.ToLowerInvariant()) switch
    {
        ("ide", _) => DiskController.Ide,
        ("sata", _) => DiskController.Ahci,
        ("nvme", _) => DiskController.Nvme,
        ("scsi", "pvscsi") => DiskController.PvScsi,
        ("scsi", "lsisas1068") => DiskController.LsiSas1068,
        ("scsi", "buslogic") => DiskController.BusLogic,
        ("scsi", _) => DiskController.LsiLogic,
        _ => DiskController.Usb,
    };

    private static void Notes(VmxFile file, string fileName, ConcernList concerns)
    {
        if (file.EncodingDoubt is { } doubt)
        {
            concerns.Add(ConcernId.Encoding, fileName, $"{Shown.Of(fileName)}: {doubt}");
        }

        foreach (var note in file.Notes.Where(note => note.Kind != NoteKind.Unusual).Take(20))
        {
            concerns.Add(ConcernId.UnparsableLine, $"line {note.Line}", $"Line {note.Line} of {Shown.Of(fileName)} {note.Text}.");
        }

        if (file.Notes.Count(note => note.Kind == NoteKind.Unusual) is > 0 and var unusual)
        {
            concerns.Add(ConcernId.UnparsableLine, fileName, $"{unusual} lines of {Shown.Of(fileName)} have values without quotes or comments behind them: they were read.");
        }

        foreach (var twice in file.Duplicates.Take(50))
        {
            if (twice.IsHarmless)
            {
                concerns.Add(ConcernId.DuplicateKey, twice.Key, $"{Shown.Of(fileName)} has {Shown.Of(twice.Key)} more than once, always {Shown.Of(twice.Values[0])}.");
            }
            else if (Decisive().IsMatch(twice.Key))
            {
                concerns.Add(ConcernId.ConflictingKeys, twice.Key, $"{Shown.Of(fileName)} has {Shown.Of(twice.Key)} more than once, with {Shown.List(twice.Values)}: VMware refuses such a file.");
            }
            else
            {
                concerns.Add(
                    ConcernId.ConflictingKeys,
                    twice.Key,
                    $"{Shown.Of(fileName)} has {Shown.Of(twice.Key)} more than once, with {Shown.List(twice.Values)}: the last one, {Shown.Of(twice.Values[^1])}, is taken.",
                    category: ConcernCategory.Warning);
            }
        }
    }

    private static (SourceFirmware Firmware, bool HasSecureBoot) Firmware(VmxFile file, ConcernList concerns)
    {
        var firmware = file.Text("firmware")?.ToLowerInvariant() switch
        {
            null or "bios" => SourceFirmware.Bios,
            "efi" or "uefi" => SourceFirmware.Uefi,
            _ => SourceFirmware.Unknown,
        };
        if (firmware == SourceFirmware.Unknown)
        {
            concerns.Add(ConcernId.UnknownFirmware, "firmware", $"The machine's firmware is {Shown.Of(file.Text("firmware"))}, which is not known: BIOS is taken.");
        }

        var hasSecureBoot = firmware == SourceFirmware.Uefi && file.Flag("uefi.secureBoot.enabled") == true;
        if (hasSecureBoot)
        {
            concerns.Add(ConcernId.SecureBoot, "firmware", "The machine starts with secure boot.");
        }

        return (firmware, hasSecureBoot);
    }

    private static (IReadOnlyList<SourceDisk> Disks, DiskController? CdRom) Devices(VmxFile file, ConcernList concerns)
    {
        var disks = new List<(int Order, int Bus, int Unit, SourceDisk Disk)>();
        var cdRoms = new List<DiskController>();
        foreach (var match in file.Keys.Select(key => DeviceKey().Match(key)).Where(match => match.Success).DistinctBy(match => match.Groups["slot"].Value, StringComparer.Ordinal))
        {
            var (slot, bus) = (match.Groups["slot"].Value, match.Groups["bus"].Value);
            var isUsb = bus.Contains("usb", StringComparison.Ordinal) || bus == "ehci";
            var name = file.Text(slot + ".fileName");
            var type = file.Text(slot + ".deviceType")?.ToLowerInvariant() ?? string.Empty;
            var controllerKey = bus + match.Groups["number"].Value;
            var controller = Controller(isUsb ? "usb" : bus, file.Text(controllerKey + ".virtualDev"));
            var isCdRom = type.Contains("cdrom", StringComparison.Ordinal);
            if (isUsb ? type is not ("disk" or "storage") : type.Contains("floppy", StringComparison.Ordinal))
            {
                continue;
            }

            var isPresent = file.Flag(slot + ".present");
            if (isPresent != true || (!isUsb && file.Flag(controllerKey + ".present") == false))
            {
                if (!isCdRom && name is not null && (isPresent is null || file.Flag(controllerKey + ".present") == false))
                {
                    concerns.Add(ConcernId.NotPresent, slot, $"{slot} names {Shown.Of(name)} and is not present ({(isPresent is null ? slot : controllerKey)}.present): it is left out.");
                }

                continue;
            }

            if (isCdRom)
            {
                cdRoms.Add(controller);
                if (name is not null && name.ToUpperInvariant() is not ("AUTO DETECT" or "EMPTYBACKINGSTRING" or "/DEV/CDROM"))
                {
                    concerns.Add(ConcernId.Dropped, slot, $"The CD-ROM drive {slot} with {Shown.Of(name)} is not taken over.");
                }

                continue;
            }

            if (name is null || name.ToUpperInvariant() is "AUTO DETECT" or "EMPTYBACKINGSTRING")
            {
                continue;
            }

            var disk = new SourceDisk(slot, controller, name)
            {
                Mode = file.Text(slot + ".mode"),
                Redo = file.Text(slot + ".redo"),
                IsShared = file.Text(slot + ".sharing") is { } sharing && !sharing.Contains("none", StringComparison.OrdinalIgnoreCase)
                    || file.Text(controllerKey + ".sharedBus") is { } shared && !shared.Equals("none", StringComparison.OrdinalIgnoreCase),
                IsDevice = type.Contains("raw", StringComparison.Ordinal) || type.Contains("passthru", StringComparison.Ordinal) || type == "physicaldrive",
            };
            DiskConcerns(disk, concerns);
            disks.Add((isUsb ? 4 : Array.IndexOf(["scsi", "nvme", "sata", "ide"], bus), Number(match.Groups["number"].Value), Number(match.Groups["unit"].Value), disk));
        }

        return ([.. disks.OrderBy(disk => (disk.Order, disk.Bus, disk.Unit)).Select(disk => disk.Disk)], cdRoms.Count == 0 ? null : cdRoms.Contains(DiskController.Ahci) ? DiskController.Ahci : cdRoms[0]);
    }

    private static void DiskConcerns(SourceDisk disk, ConcernList concerns)
    {
        if (disk.Redo is { } redo)
        {
            concerns.Add(ConcernId.RedoPresent, disk.Slot, $"The disk {Shown.Of(disk.FileName)} has a redo log, {Shown.Of(redo)}: the machine runs, or ended without deciding about the changes in it.");
        }

        if (disk.IsIndependent)
        {
            concerns.Add(ConcernId.IndependentDisk, disk.Slot, $"The disk {Shown.Of(disk.FileName)} is {Shown.Of(disk.Mode?.ToLowerInvariant())}.");
        }

        if (disk.IsShared)
        {
            concerns.Add(ConcernId.SharedBus, disk.Slot, $"The disk {Shown.Of(disk.FileName)} may be used by several machines at once.");
        }

        if (disk.Controller == DiskController.Usb)
        {
            concerns.Add(ConcernId.UsbDisk, disk.Slot, $"The disk {Shown.Of(disk.FileName)} is attached by USB.");
        }
    }

    private static List<SourceNic> Nics(VmxFile file, ConcernList concerns)
    {
        var nics = new List<SourceNic>();
        foreach (var index in file.Keys.Select(key => NicKey().Match(key)).Where(match => match.Success).Select(match => Number(match.Groups["index"].Value)).Distinct().Order())
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"ethernet{index}.");
            if (file.Flag(prefix + "present") != true)
            {
                continue;
            }

            var isStatic = string.Equals(file.Text(prefix + "addressType"), "static", StringComparison.OrdinalIgnoreCase);
            var (chosen, generated) = (file.Text(prefix + "address"), file.Text(prefix + "generatedAddress"));
            var address = isStatic ? chosen ?? generated : generated ?? chosen;
            var mac = address is not null && Mac().IsMatch(address) ? address.Replace('-', ':').ToLowerInvariant() : null;
            nics.Add(new SourceNic(index)
            {
                Model = file.Text(prefix + "virtualDev")?.ToLowerInvariant(),
                Mac = mac,
                IsStatic = isStatic,
                Connection = file.Text(prefix + "connectionType")?.ToLowerInvariant(),
                Vnet = file.Text(prefix + "vnet"),
                NetworkName = file.Text(prefix + "networkName") ?? file.Text(prefix + "dvs.portgroupId"),
                IsConnected = file.Flag(prefix + "startConnected") ?? true,
                PciSlot = file.Number(prefix + "pciSlotNumber") is > 0 and < 1 << 20 and var slot ? (int)slot : null,
            });
            if (address is not null && mac is null)
            {
                concerns.Add(ConcernId.NicModel, $"ethernet{index}", $"ethernet{index} has the address {Shown.Of(address)}, which is none: it gets a new one.", string.Empty);
            }
        }

        return nics;
    }

    private static void Dropped(VmxFile file, ConcernList concerns)
    {
        var names = file.Keys.Select(key => OtherDevice().Match(key)).Where(match => match.Success && file.Flag(match.Value) == true).Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var passed = names.Where(name => HostDevices.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToList();
        foreach (var name in passed)
        {
            concerns.Add(ConcernId.Passthrough, name, $"{name} is a device of the machine it ran on.");
        }

        if (names.Except(passed, StringComparer.Ordinal).ToList() is { Count: > 0 } others)
        {
            concerns.Add(ConcernId.Dropped, string.Empty, $"Not taken over: {string.Join(", ", others)}.");
        }
    }

    /// <summary><c>bios.hddOrder</c> says which disk; <c>bios.bootOrder</c> only whether disks come before the network.</summary>
    private static List<string> BootOrder(VmxFile file, IReadOnlyList<SourceDisk> disks)
    {
        var order = (file.Text("bios.hddOrder") ?? string.Empty).Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(slot => slot.ToLowerInvariant()).ToList();
        return [.. order.Where(slot => disks.Any(disk => disk.Slot == slot)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary><c>56 4d 5d fb 18 f0 cf b3-bb d7 c9 82 07 cd 00 67</c>: the bytes in the order in which they are printed.</summary>
    private static Guid? SmbiosId(string? text)
    {
        var digits = string.Concat((text ?? string.Empty).Where(char.IsAsciiHexDigit));
        return digits.Length == 32 && Guid.TryParseExact(digits, "N", out var id) && id != Guid.Empty ? id : null;
    }

    private static string WithoutExtension(string fileName)
    {
        var name = fileName[(fileName.LastIndexOf('/') + 1)..];
        return name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;
    }

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"^(?<slot>(?<bus>scsi|sata|nvme|ide)(?<number>\d{1,2}):(?<unit>\d{1,3})|(?<bus>usb_xhci|usb|ehci)(?<number>):(?<unit>\d{1,3}))\.", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DeviceKey();

    [GeneratedRegex(@"^ethernet(?<index>\d{1,3})\.", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NicKey();

    [GeneratedRegex("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Mac();

    [GeneratedRegex(@"^(?<name>sharedfolder\d+|sound|serial\d+|parallel\d+|pcipassthru\d+|sriov\d+|floppy\d+)\.present$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OtherDevice();

    /// <summary>Keys of which a wrong value boots another disk, or with another firmware or address.</summary>
    [GeneratedRegex(@"^(firmware$|uefi\.secureboot\.enabled$|(scsi|sata|nvme|ide)\d+(:\d+)?\.(present|filename|virtualdev|devicetype|mode|redo)$|ethernet\d+\.(present|address|generatedaddress|addresstype|virtualdev)$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Decisive();
}
