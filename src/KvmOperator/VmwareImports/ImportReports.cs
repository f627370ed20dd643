using System.Globalization;
using k8s;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Planning.Vmware;
using ConcernCategory = KvmOperator.Api.VmwareImports.ConcernCategory;

namespace KvmOperator.VmwareImports;

/// <summary>What is said of an import in its status. Pure.</summary>
internal static class ImportReports
{
    private const int MostConcerns = 256;
    private const int MostDisks = 64;
    private const int MostNics = 32;
    private const int MostSnapshots = 64;
    private const int MostExamples = 20;
    private const int LongestText = 256;

    /// <summary>The concerns, the worst first.</summary>
    public static IReadOnlyList<ImportConcern> Concerns(IEnumerable<Concern> concerns) =>
    [
        .. concerns.Take(MostConcerns).Select(concern => new ImportConcern
        {
            Category = concern.Category switch
            {
                Planning.Vmware.ConcernCategory.Critical => ConcernCategory.Critical,
                Planning.Vmware.ConcernCategory.Warning => ConcernCategory.Warning,
                _ => ConcernCategory.Information,
            },
            Id = concern.Id.ToString(),
            Label = concern.Label,
            Subject = NullIfEmpty(concern.Subject),
            Assessment = concern.Assessment,
            Suggestion = NullIfEmpty(concern.Suggestion),
        }),
    ];

    /// <summary>What the source is.</summary>
    public static ImportSourceSummary? Source(Inspection inspection) => inspection.Machine is not { } machine ? null : new ImportSourceSummary
    {
        Name = Short(machine.Name),
        File = inspection.Used is [var first, ..] ? Short(first.Path) : null,
        GuestId = Short(machine.Guest.Id),
        Guest = Short(machine.Guest.Name),
        Kernel = Short(machine.Guest.Kernel),
        Firmware = machine.Firmware == SourceFirmware.Uefi ? "UEFI" : "BIOS",
        Vcpus = machine.Vcpus,
        MemoryBytes = (machine.MemoryMiB ?? SourceMachine.DefaultMemory) << 20,
        Snapshots = [.. inspection.Snapshots.Take(MostSnapshots).Select(snapshot => Short(snapshot.Name)!)],
        Networks =
        [
            .. (inspection.Proposal?.Nics ?? []).DistinctBy(nic => nic.Index).Take(MostNics).Select(nic => new ImportedNic
            {
                Index = nic.Index,
                SourceNetwork = Short(nic.SourceNetwork),
                SourceModel = Short(machine.Nics.FirstOrDefault(one => one.Index == nic.Index)?.Model),
                Model = nic.Model,
                Mac = nic.Mac,
                OldName = nic.OldName,
                LinkFile = nic.LinkFile,
            }),
        ],
    };

    /// <summary>The disks before they are converted.</summary>
    /// <param name="disks">The chains.</param>
    /// <param name="targets">The files that they become, in the same order; none while the guest cannot be made.</param>
    public static IReadOnlyList<ImportedDisk> Disks(IReadOnlyList<DiskChain> disks, IReadOnlyList<string> targets) =>
    [
        .. disks.Take(MostDisks).Select((chain, index) => new ImportedDisk
        {
            Source = Short(chain.Top.File.Path)!,
            Slot = chain.Slot,
            Format = Short(chain.Top.Descriptor.CreateType),
            Layers = chain.Layers.Count,
            Target = index < targets.Count ? targets[index] : null,
            VirtualBytes = chain.Size,
            BytesTotal = chain.Size,
        }),
    ];

    /// <summary>A disk of which the conversion is at some place.</summary>
    /// <param name="disk">The disk as it was said before.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="before">The bytes of the disks that were converted before it.</param>
    /// <param name="elapsed">How long it and those before have been converted.</param>
    public static ImportedDisk Disk(ImportedDisk disk, ConversionState state, long before, TimeSpan elapsed)
    {
        if (state.Outcome == ConversionOutcome.Done)
        {
            return disk with { Progress = 100, BytesDone = disk.BytesTotal, BytesPerSecond = null, EtaSeconds = null, Checked = true, AllocatedBytes = state.AllocatedBytes ?? disk.AllocatedBytes };
        }

        // One that begins again after a restart of its host goes back: what is said is what is there.
        var percent = state.Percent ?? 0;
        var total = disk.BytesTotal ?? 0;
        var done = total / 100 * percent;
        var rate = elapsed.TotalSeconds >= 1 && before + done > 0 ? (long)((before + done) / elapsed.TotalSeconds) : (long?)null;
        return disk with { Progress = percent, BytesDone = done, BytesPerSecond = rate, EtaSeconds = rate is > 0 ? (total - done) / rate : null };
    }

    /// <summary>How far all disks are, in percent of their bytes.</summary>
    public static int Percent(IReadOnlyList<ImportedDisk> disks)
    {
        var total = disks.Sum(disk => (decimal)(disk.BytesTotal ?? 0));
        return total == 0 ? 0 : (int)(100 * disks.Sum(disk => (decimal)(disk.BytesDone ?? 0)) / total);
    }

    /// <summary>What is disposable.</summary>
    public static ImportTrimReport Trim(IEnumerable<TrimItem> items) => new()
    {
        Classes =
        [
            .. items.GroupBy(item => item.Class).OrderBy(group => group.Key).Select(group => new ImportTrimClass
            {
                Name = group.Key.ToString(),
                Files = group.Count(),
                Bytes = group.Sum(item => item.File.Size),
                Examples = [.. group.Take(MostExamples).Select(item => Short(item.File.Path)!)],
            }),
        ],
    };

    /// <summary>A message of what prevents an import.</summary>
    public static string Blocking(IReadOnlyList<Concern> blocking)
    {
        const int MostShown = 3;
        var shown = string.Join(" ", blocking.Take(MostShown).Select(concern => $"{concern.Id}: {concern.Assessment} {concern.Suggestion}".Trim()));
        return blocking.Count > MostShown ? $"{shown} {(blocking.Count - MostShown).ToString(CultureInfo.InvariantCulture)} more in status.concerns." : shown;
    }

    /// <summary>A VirtualMachine to be kept in Git: YAML, without the mark of the import, which an object in Git does not need.</summary>
    public static string Manifest(VirtualMachine machine)
    {
        var plain = new VirtualMachine { Metadata = new V1ObjectMeta { Name = machine.Name(), NamespaceProperty = machine.Namespace() }, Spec = machine.Spec };
        return ManifestText.Of(KubernetesJson.Serialize(plain));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    /// <summary>Names of foreign files are of any length.</summary>
    private static string? Short(string? text) => text is { Length: > LongestText } ? string.Concat(text.AsSpan(0, LongestText - 1), "…") : text;
}
