using KvmOperator.Api.Validation;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Says everything that is wrong with a VmwareImport, so that nothing is done for one that cannot be.</summary>
public static class VmwareImportValidator
{
    private const long SmallestMemory = 64L << 20;
    private const long LargestMemory = 16L << 40;

    /// <summary>All errors, none for an import that can be tried.</summary>
    public static IReadOnlyList<SpecError> Validate(VmwareImport import)
    {
        var checks = new SpecChecks();
        var spec = import.Spec;
        Source(checks, spec.Source);
        Guest(checks, spec.VirtualMachine);
        checks.Reference("spec.storeRef", spec.StoreRef);
        if (spec.StopAfter is { } stop)
        {
            checks.Member("spec.stopAfter", stop);
        }

        checks.Texts("spec.acceptConcerns", spec.AcceptConcerns, 32, Patterns.ConcernId, 63, "the id of a concern, like StaleLock");
        checks.Member("spec.trim", spec.Trim);
        checks.Member("spec.engine", spec.Engine);
        if (spec.Engine == ImportEngine.VirtV2v)
        {
            checks.Refuse("spec.engine", "VirtV2v is not there yet: say Auto, and the guest starts on hardware that it has drivers for");
        }

        checks.Member("spec.verify.method", spec.Verify.Method);
        checks.OptionalText("spec.verify.consoleText", spec.Verify.ConsoleText, Patterns.OneLine, 256, "one line of text");
        checks.Range("spec.verify.timeoutSeconds", spec.Verify.TimeoutSeconds, 10, 7200);
        if (spec.Verify.Method == VerificationMethod.ConsoleText && string.IsNullOrEmpty(spec.Verify.ConsoleText))
        {
            checks.Refuse("spec.verify.consoleText", "say which consoleText to wait for");
        }

        return checks.Errors;
    }

    private static void Source(SpecChecks checks, ImportSource source)
    {
        if ((source.HostRef is null) == (source.StoreRef is null))
        {
            checks.Refuse("spec.source", "name either hostRef or storeRef");
        }

        checks.OptionalReference("spec.source.hostRef", source.HostRef);
        checks.OptionalReference("spec.source.storeRef", source.StoreRef);
        checks.Text("spec.source.path", source.Path, Patterns.AnyPath, 1024, "an absolute path without control characters");
        checks.OptionalText("spec.source.vmx", source.Vmx, Patterns.FileName, 255, "a file's name without a folder");
        checks.OptionalText("spec.source.snapshot", source.Snapshot, Patterns.OneLine, 255, "one line of text");
        if (source.Vmx is { Length: 0 } or "." or "..")
        {
            checks.Refuse("spec.source.vmx", "is no file's name");
        }

        if (source.Snapshot is { Length: 0 })
        {
            checks.Refuse("spec.source.snapshot", "is empty: leave it out for the current state");
        }

        if (source.Path?.Split('/').Contains("..", StringComparer.Ordinal) == true)
        {
            checks.Refuse("spec.source.path", "has a folder '..': write the path as it is");
        }
    }

    private static void Guest(SpecChecks checks, ImportedVirtualMachine guest)
    {
        const string Field = "spec.virtualMachine";
        checks.ObjectName($"{Field}.name", guest.Name, 63);
        if (guest.Vcpus is { } vcpus)
        {
            checks.Range($"{Field}.vcpus", vcpus, 1, 512);
        }

        checks.OptionalBytes($"{Field}.memory", guest.Memory, SmallestMemory, LargestMemory);
        if (guest.Network is not null && guest.Bridge is not null)
        {
            checks.Refuse(Field, "name either network or bridge");
        }

        checks.NetworkOrBridge(Field, guest.Network, guest.Bridge);
        checks.OptionalText($"{Field}.operatingSystem", guest.OperatingSystem, Patterns.OperatingSystem, 63, "an operating system's name in libosinfo");
        if (guest.Firmware is { } firmware)
        {
            checks.Member($"{Field}.firmware", firmware);
        }

        if (guest.Machine is { } machine)
        {
            checks.Member($"{Field}.machine", machine);
        }

        Disks(checks, $"{Field}.disks", guest.Disks);
        Networks(checks, $"{Field}.networks", guest.Networks);
    }

    private static void Disks(SpecChecks checks, string field, IReadOnlyList<ImportedDiskOverride> disks)
    {
        checks.Count(field, disks.Count, 0, 64);
        checks.Distinct(field, disks.Select(disk => disk.Slot), "name each disk once");
        foreach (var (index, disk) in disks.Take(64).Index())
        {
            checks.Text($"{field}[{index}].slot", disk.Slot, Patterns.VmwareSlot, 16, "a disk's place in VMware, like scsi0:0");
            if (disk.Bus is { } bus)
            {
                checks.Member($"{field}[{index}].bus", bus);
            }
        }
    }

    private static void Networks(SpecChecks checks, string field, IReadOnlyList<ImportedNetwork> networks)
    {
        checks.Count(field, networks.Count, 0, 32);
        checks.Distinct(field, networks.Select(network => network.Index.ToString(System.Globalization.CultureInfo.InvariantCulture)), "name each card once");
        checks.Distinct(field, networks.Select(network => network.Mac?.ToLowerInvariant()), "each card needs an address of its own");
        foreach (var (index, network) in networks.Take(32).Index())
        {
            checks.Range($"{field}[{index}].index", network.Index, 0, 99);
            checks.OptionalText($"{field}[{index}].mac", network.Mac, Patterns.MacAddress, 17, "an Ethernet address, like 52:54:00:12:34:56");
            if (network.Network is not null && network.Bridge is not null)
            {
                checks.Refuse($"{field}[{index}]", "name either network or bridge");
            }

            checks.NetworkOrBridge($"{field}[{index}]", network.Network, network.Bridge);
            if (network.Model is { } model)
            {
                checks.Member($"{field}[{index}].model", model);
            }
        }
    }
}
