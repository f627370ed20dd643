using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Planning.Vmware;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.VmwareImports;

/// <summary>Writes down what an import does, for the scripts that do it, and for whoever applies it again. Pure.</summary>
internal static class ImportRecords
{
    /// <summary>The record of an import.</summary>
    /// <param name="import">The import.</param>
    /// <param name="source">What was found.</param>
    /// <param name="machine">The guest that is made.</param>
    /// <param name="targets">The files of its disks, in the order of the inspection's.</param>
    public static ImportRecord Make(VmwareImport import, InspectedSource source, VirtualMachine machine, IReadOnlyList<string> targets) => new()
    {
        Import = Of(import),
        Reserve = new RecordedReserve(StoreReserve.Percent, StoreReserve.MostBytes),
        Disks = [.. source.Inspection.Disks.Select((chain, index) => Disk(chain, source, machine.Spec.Disks[index].Name, targets[index], ImportFiles.Work(import.Uid(), index)))],
        Guest = JsonNode.Parse(KubernetesJson.Serialize(machine))!,
        Trim = import.Spec.Trim == TrimPolicy.AfterSuccess ? [.. TrimPlan.Make(source.Inspection.Trim, import.Spec.AcceptConcerns).Select(item => RecordedFile.Of(source.Entry(item.File)))] : [],
    };

    /// <summary>Which import it is.</summary>
    public static RecordedImport Of(VmwareImport import) => new(import.Namespace(), import.Name(), import.Uid(), Hash(import.Spec));

    /// <summary>Whether a record is of the same import, applied to another cluster: what it did is what this one asks for.</summary>
    public static bool IsSame(ImportRecord record, VmwareImport import)
    {
        var own = Of(import);
        return record.Import with { Uid = own.Uid } == own && record.Import.Uid != own.Uid;
    }

    /// <summary>The guest as it was written down.</summary>
    public static VirtualMachine Guest(ImportRecord record) => KubernetesJson.Deserialize<VirtualMachine>(record.Guest.ToJsonString());

    /// <summary>How a disk is converted.</summary>
    internal static RecordedDisk Disk(DiskChain chain, InspectedSource source, string name, string target, string work)
    {
        var files = new FileTable(source.Entry);
        var image = QemuImgSource.Make(chain, work);
        var links = image.Links.Select(link => new RecordedLink(link.Name, files.Number(link.Target))).ToList();
        var joined = image.Joined.Select(link => new RecordedJoin(link.Name, files.Pieces(link.Target), link.Target.IsCompressed)).ToList();
        var digests = chain.Files.SelectMany(file => source.Inspection.Checksums.Where(entry => NameOf(entry.Name) == file.Path || NameOf(entry.Name) == file.Name).Take(1)
            .Select(entry => new RecordedDigest(file.Path, files.Pieces(file), entry.Algorithm.ToString().ToLowerInvariant(), entry.Digest))).ToList();

        // A descriptor is not opened by qemu-img, and must not change either.
        foreach (var file in chain.Files)
        {
            _ = files.Pieces(file);
        }

        return new RecordedDisk(name, target, chain.Size)
        {
            Work = work,
            Files = files.All,
            Links = links,
            Descriptors = image.Files,
            Zeros = image.Zeros,
            Joined = joined,
            Digests = digests,
            Image = image.Image,
        };
    }

    private static string NameOf(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    /// <summary>What an import asks for. The fields are named one by one: a field that a later version adds must not make an old import a new one.</summary>
    private static string Hash(VmwareImportSpec spec)
    {
        var text = string.Join('\n', "1", spec.Source.HostRef?.Name, spec.Source.StoreRef?.Name, spec.Source.Path, spec.Source.Vmx, spec.Source.Snapshot, spec.VirtualMachine.Name, spec.StoreRef.Name);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    /// <summary>The files of a disk, each once, by their numbers.</summary>
    private sealed class FileTable(Func<SourceFile, SourceEntry> entry)
    {
        private readonly List<RecordedFile> files = [];
        private readonly Dictionary<int, int> numbers = [];

        public IReadOnlyList<RecordedFile> All => files;

        public int Number(SourceFile file)
        {
            var listed = entry(file);
            if (!numbers.TryGetValue(listed.Index, out var number))
            {
                numbers[listed.Index] = number = files.Count;
                files.Add(RecordedFile.Of(listed));
            }

            return number;
        }

        /// <summary>Where a file's content lies.</summary>
        public IReadOnlyList<RecordedPiece> Pieces(SourceFile file) =>
            file.Pieces.Count == 0 ? [new RecordedPiece(Number(file), 0, file.Size)] : [.. file.Pieces.Select(piece => new RecordedPiece(Number(piece.Container), piece.Offset, piece.Length))];
    }
}
