using KvmOperator.Api.Validation;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>Says everything that is wrong with a VirtualMachine, so that nothing is done for one that cannot be.</summary>
public static class VirtualMachineValidator
{
    private const long SmallestMemory = 64L << 20;
    private const long LargestMemory = 16L << 40;
    private const long SmallestDisk = 1L << 20;
    private const long LargestDisk = 1L << 50;
    private const int MostIdeDisks = 4;
    private const int LongestCloudInit = 16384;

    /// <summary>All errors, none for a guest that can be worked on.</summary>
    public static IReadOnlyList<SpecError> Validate(VirtualMachine machine)
    {
        var checks = new SpecChecks();
        var spec = machine.Spec;
        Adoption(checks, machine);
        checks.ObjectName("metadata.name", machine.Metadata.Name, 63);
        checks.Label("metadata.namespace", machine.Metadata.NamespaceProperty);
        checks.Range("spec.vcpus", spec.Vcpus, 1, 512);
        checks.Bytes("spec.memory", spec.Memory, SmallestMemory, LargestMemory);
        Disks(checks, machine);
        Networks(checks, spec);
        checks.Member("spec.firmware", spec.Firmware);
        Machine(checks, spec);
        checks.Text("spec.operatingSystem", spec.OperatingSystem, Patterns.OperatingSystem, 63, "a name that 'virt-install --osinfo list' prints");
        Boot(checks, spec);
        if (spec.CloudInit is { } cloudInit)
        {
            CloudInit(checks, cloudInit);
        }

        checks.Member("spec.runStrategy", spec.RunStrategy);
        checks.OptionalReference("spec.placement.hostRef", spec.Placement.HostRef);
        checks.Label("spec.placement.pool", spec.Placement.Pool);
        checks.Texts("spec.placement.antiAffinity", spec.Placement.AntiAffinity, 8, Patterns.Label, 63, "the name of a group: small letters, digits and hyphens");
        checks.Member("spec.availability.onHostFailure", spec.Availability.OnHostFailure);
        checks.Range("spec.availability.priority", spec.Availability.Priority, -1000, 1000);
        checks.Member("spec.availability.onEviction", spec.Availability.OnEviction);
        checks.Range("spec.terminationGracePeriodSeconds", spec.TerminationGracePeriodSeconds, 0, 3600);
        checks.Member("spec.deletionPolicy", spec.DeletionPolicy);
        return checks.Errors;
    }

    private static void Adoption(SpecChecks checks, VirtualMachine machine)
    {
        if (machine.Metadata.Annotations?.TryGetValue(Annotations.AdoptDomain, out var uuid) == true && !Guid.TryParseExact(uuid, "D", out _))
        {
            checks.Refuse($"metadata.annotations[{Annotations.AdoptDomain}]", "is not a domain's UUID: 'virsh domuuid NAME' prints it");
        }
    }

    private static void Disks(SpecChecks checks, VirtualMachine machine)
    {
        var spec = machine.Spec;
        checks.Count("spec.disks", spec.Disks.Count, 1, 16);
        checks.Distinct("spec.disks", spec.Disks.Select(disk => disk.Name), "each disk needs a name of its own");
        checks.Distinct("spec.disks", spec.Disks.Select(disk => disk.Source?.Existing is { } file ? $"{disk.StoreRef?.Name}/{file}" : null), "each existing file is one disk");
        foreach (var (index, disk) in spec.Disks.Take(16).Index())
        {
            var field = $"spec.disks[{index}]";
            checks.Label($"{field}.name", disk.Name, 32);
            checks.OptionalBytes($"{field}.size", disk.Size, SmallestDisk, LargestDisk);
            checks.Reference($"{field}.storeRef", disk.StoreRef);
            checks.Member($"{field}.bus", disk.Bus);
            checks.Member($"{field}.format", disk.Format);
            checks.Member($"{field}.sharing", disk.Sharing);
            Source(checks, field, disk);
            Folder(checks, $"{field}.source.image", disk.Source?.Image, machine.Metadata.NamespaceProperty);
            Folder(checks, $"{field}.source.existing", disk.Source?.Existing, machine.Metadata.NamespaceProperty);
            MadeFormat(checks, $"{field}.format", disk, machine.Status);
            NamedFormat(checks, $"{field}.format", disk);
        }
    }

    /// <summary>The operator keeps a guest's disks in a folder NAMESPACE_NAME: what other namespaces keep there is not for this one, also when the guest is gone.</summary>
    private static void Folder(SpecChecks checks, string field, string? path, string? ownNamespace)
    {
        foreach (var folder in path?.Split('/')[..^1] ?? [])
        {
            if (folder.Split('_', 2) is [var ofNamespace, var name] && ofNamespace != ownNamespace && SpecChecks.Matches(ofNamespace, Patterns.Label) && SpecChecks.Matches(name, Patterns.ObjectName))
            {
                checks.Refuse(field, $"'{SpecChecks.Printable(folder)}' is the folder of a guest in the namespace {SpecChecks.Printable(ofNamespace)}: name a file outside of other guests' folders");
            }
        }
    }

    /// <summary>An old server lets the format be changed. The file's name ends with it, so another format would be another, empty disk.</summary>
    private static void MadeFormat(SpecChecks checks, string field, VirtualMachineDisk disk, VirtualMachineStatus? status)
    {
        var path = status?.Disks.FirstOrDefault(made => made.Name == disk.Name && made.Created == true)?.Path;
        if (path is not null && disk.Source?.Existing is null && !path.EndsWith(disk.Format == DiskFormat.Raw ? ".raw" : ".qcow2", StringComparison.Ordinal))
        {
            checks.Refuse(field, $"cannot be changed afterwards, the disk's file is {SpecChecks.Printable(path)}: change it back, or add a new disk and copy");
        }
    }

    /// <summary>A qcow2 file as a raw disk shows its header to the guest, which may write one that names any file; a raw file is no qcow2 disk.</summary>
    private static void NamedFormat(SpecChecks checks, string field, VirtualMachineDisk disk)
    {
        if (disk.Source?.Existing is { } file && (disk.Format, Path.GetExtension(file)) is ((DiskFormat.Raw, ".qcow2") or (DiskFormat.Qcow2, ".raw")))
        {
            checks.Refuse(field, $"does not fit the name of the file {SpecChecks.Printable(file)}: say format: {(disk.Format == DiskFormat.Raw ? "qcow2" : "raw")}, or give the file the name of its format");
        }
    }

    private static void Source(SpecChecks checks, string field, VirtualMachineDisk disk)
    {
        if (disk.Source is not { } source)
        {
            if (disk.Size is null)
            {
                checks.Refuse(field, "say the size of an empty disk, or its source");
            }

            if (disk.Sharing == DiskSharing.Linked)
            {
                checks.Refuse($"{field}.sharing", "an empty disk is linked to nothing: leave it out, or name a source");
            }

            return;
        }

        var named = new[] { source.Image is not null, source.CloneOf is not null, source.Existing is not null }.Count(isNamed => isNamed);
        if (named != 1)
        {
            checks.Refuse($"{field}.source", "name exactly one of image, clone, existing");
        }

        checks.OptionalText($"{field}.source.image", source.Image, Patterns.RelativePath, 255, "a path within the store");
        checks.OptionalText($"{field}.source.existing", source.Existing, Patterns.RelativePath, 255, "a path within the store");
        if (source.CloneOf is { } clone)
        {
            checks.ObjectName($"{field}.source.clone.virtualMachine", clone.VirtualMachine, 63);
            checks.Label($"{field}.source.clone.disk", clone.Disk, 32);
        }

        if (disk.Sharing == DiskSharing.Linked && disk.Format != DiskFormat.Qcow2)
        {
            checks.Refuse($"{field}.sharing", "only qcow2 can be linked: leave it out, or say format: qcow2");
        }

        if (disk.Sharing == DiskSharing.Linked && source.Existing is not null)
        {
            checks.Refuse($"{field}.sharing", "an existing file becomes the disk itself: leave it out, or name the file as image");
        }
    }

    /// <summary>What the machine has no place for.</summary>
    private static void Machine(SpecChecks checks, VirtualMachineSpec spec)
    {
        if (spec.Machine is { } type)
        {
            checks.Member("spec.machine", type);
        }

        if (spec.Machine != MachineType.I440fx && spec.Disks.Any(disk => disk.Bus == DiskBus.Ide))
        {
            checks.Refuse("spec.disks", "only the machine i440fx has IDE: say machine: i440fx, or another bus");
        }

        // cloud-init's drive takes a place on the same bus.
        var places = MostIdeDisks - (spec.CloudInit is null ? 0 : 1);
        if (spec.Machine == MachineType.I440fx && spec.Disks.Count(disk => disk.Bus == DiskBus.Ide) > places)
        {
            checks.Refuse("spec.disks", $"{places} disks have room on IDE: put the others on another bus");
        }

        if (spec.Machine == MachineType.I440fx && spec.Disks.Any(disk => disk.Bus == DiskBus.Sata))
        {
            checks.Refuse("spec.disks", "the machine i440fx has no SATA: say bus: ide, or machine: q35");
        }

        if (spec.Machine == MachineType.I440fx && spec.Networks.Any(network => network.Model == NicModel.E1000e))
        {
            checks.Refuse("spec.networks", "e1000e needs PCI Express, which the machine i440fx does not have: say model: e1000, or machine: q35");
        }
    }

    private static void Networks(SpecChecks checks, VirtualMachineSpec spec)
    {
        checks.Count("spec.networks", spec.Networks.Count, 0, 8);
        checks.Distinct("spec.networks", spec.Networks.Select(network => network.Mac?.ToUpperInvariant()), "each card needs an address of its own");
        foreach (var (index, network) in spec.Networks.Take(8).Index())
        {
            var field = $"spec.networks[{index}]";
            if ((network.Network is null) == (network.Bridge is null))
            {
                checks.Refuse(field, "name either network or bridge");
            }

            checks.NetworkOrBridge(field, network.Network, network.Bridge);
            checks.OptionalText($"{field}.mac", network.Mac, Patterns.MacAddress, 17, "the address of a card, like 52:54:00:12:34:56");
            if (network.Model is { } model)
            {
                checks.Member($"{field}.model", model);
            }
        }
    }

    private static void Boot(SpecChecks checks, VirtualMachineSpec spec)
    {
        if (spec.Boot is not { } boot)
        {
            return;
        }

        checks.Count("spec.boot.order", boot.Order.Count, 1, 8);
        checks.Texts("spec.boot.order", boot.Order, 8, Patterns.Label, 32, "the name of a disk, or network");
        checks.Distinct("spec.boot.order", boot.Order, "it is tried once");
        foreach (var (index, name) in boot.Order.Index())
        {
            if (name != "network" && spec.Disks.All(disk => disk.Name != name))
            {
                checks.Refuse($"spec.boot.order[{index}]", $"there is no disk '{SpecChecks.Printable(name ?? "")}': name one of spec.disks, or network");
            }
        }
    }

    private static void CloudInit(SpecChecks checks, CloudInit cloudInit)
    {
        const string Field = "spec.cloudInit";
        if ((cloudInit.UserData is null) == (cloudInit.UserDataSecretRef is null))
        {
            checks.Refuse(Field, "say either userData or userDataSecretRef");
        }

        Data(checks, $"{Field}.userData", cloudInit.UserData);
        Data(checks, $"{Field}.networkData", cloudInit.NetworkData);
        checks.OptionalReference($"{Field}.userDataSecretRef", cloudInit.UserDataSecretRef);
    }

    private static void Data(SpecChecks checks, string field, string? data)
    {
        if (data is { Length: > LongestCloudInit })
        {
            checks.Refuse(field, $"has {data.Length} characters, at most {LongestCloudInit} are possible: put it into a Secret");
        }
        else if (data?.Contains('\0', StringComparison.Ordinal) == true)
        {
            checks.Refuse(field, "holds a NUL character: cloud-init reads text");
        }
    }
}
