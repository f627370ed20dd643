using System.Text.RegularExpressions;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Reads a source and says what would become of it. Writes nothing; reads a bounded number of bytes. What is wrong with the source is a concern, and no exception.</summary>
public sealed partial class Inspector
{
    private const int MostLocks = 32;

    private readonly SourceFolder _folder;
    private readonly InspectionRequest _request;
    private readonly SourceBytes _bytes;
    private readonly ConcernList _concerns = new();
    private readonly List<SourceFile> _used = [];
    private FileFinder _finder;

    private Inspector(SourceFolder folder, ISourceReader reader, InspectionRequest request)
    {
        (_folder, _request, _bytes) = (folder, request, new SourceBytes(reader));
        _finder = new FileFinder(folder);
    }

    /// <summary>Inspects a source.</summary>
    /// <param name="folder">Its listing.</param>
    /// <param name="reader">Reads its files.</param>
    /// <param name="request">What is wanted of it.</param>
    /// <param name="cancellationToken">Ends the inspection.</param>
    public static Task<Inspection> InspectAsync(SourceFolder folder, ISourceReader reader, InspectionRequest request, CancellationToken cancellationToken) =>
        new Inspector(folder, reader, request).RunAsync(cancellationToken);

    private async Task<Inspection> RunAsync(CancellationToken cancellationToken)
    {
        if (Choose() is not { } file)
        {
            return new Inspection { Concerns = _concerns.All };
        }

        try
        {
            _used.Add(file);
            return Path.GetExtension(file.Name).ToUpperInvariant() switch
            {
                ".VMX" => await MachineAsync(file, cancellationToken),
                ".OVF" => await OvfAsync(file, [], cancellationToken),
                ".OVA" => await OvaAsync(file, cancellationToken),
                ".VMDK" => await DiskAsync(file, cancellationToken),
                _ => Nothing(ConcernId.NotText, file.Path, $"{Shown.Of(file.Path)} is no .vmx, .ova, .ovf or .vmdk."),
            };
        }
        catch (VmwareFormatException exception)
        {
            _concerns.Add(file.Path, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _concerns.Add(file.Path, exception);
        }

        return Finished(new Inspection());
    }

    private SourceFile? Choose()
    {
        var files = _folder.Files.Where(file => file.Kind == SourceFileKind.File && !file.IsDebris).ToList();
        if (_request.File is { } name)
        {
            var found = _finder.Find(name, string.Empty, System.Text.Encoding.UTF8);
            if (found.Outcome != FindOutcome.Found)
            {
                _concerns.Add(found.Outcome switch
                {
                    FindOutcome.Outside => ConcernId.PathOutside,
                    FindOutcome.Several => ConcernId.Ambiguous,
                    _ => ConcernId.FileMissing,
                }, name, found.Reason + ".");
            }

            return found.File;
        }

        foreach (var extension in new[] { ".vmx", ".ovf", ".ova" })
        {
            var all = files.Where(file => file.Name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)).ToList();
            var here = all.Where(file => file.Folder.Length == 0).ToList();
            switch (here.Count > 0 ? here : all)
            {
                case [var one]:
                    return one;
                case [_, ..] several:
                    _concerns.Add(ConcernId.Ambiguous, string.Empty, $"The folder has several machines: {Shown.List(several.Select(file => file.Path))}.");
                    return null;
            }
        }

        _concerns.Add(ConcernId.FileMissing, string.Empty, $"The folder {Shown.Of(_folder.Name)} has no .vmx, .ovf or .ova.", "Name the machine's folder, or one of its .vmdk files.");
        return null;
    }

    private async Task<Inspection> MachineAsync(SourceFile vmx, CancellationToken cancellationToken)
    {
        var file = VmxReader.Read((await _bytes.WholeAsync(vmx, FormatLimits.VmxBytes, cancellationToken)).Span);
        var machine = SourceMachineReader.Read(file, vmx.Name, _concerns);
        if (machine.IsEncrypted)
        {
            return Finished(new Inspection { Machine = machine });
        }

        if (machine.SuspendedState is { } state)
        {
            _concerns.Add(ConcernId.Suspended, string.Empty, $"The machine is suspended: its memory is in {Shown.Of(state)}.");
        }

        var snapshots = await SnapshotsAsync(vmx, cancellationToken);
        machine = AtSnapshot(machine, snapshots);
        await LocksAsync(machine, cancellationToken);
        var disks = await DisksAsync(machine, vmx.Folder, file.Encoding, snapshots, cancellationToken);
        Orphans(vmx.Folder, disks);
        return Complete(machine, disks, vmx.Folder) with { Snapshots = snapshots };
    }

    private async Task<Inspection> DiskAsync(SourceFile file, CancellationToken cancellationToken)
    {
        var machine = new SourceMachine { Name = Path.GetFileNameWithoutExtension(file.Name), Disks = [new SourceDisk("disk", DiskController.LsiLogic, file.Path)] };
        await LocksAsync(machine, cancellationToken);
        var disks = await DisksAsync(machine, string.Empty, System.Text.Encoding.UTF8, [], cancellationToken);
        return Complete(machine, disks, file.Folder);
    }

    private async Task<Inspection> OvaAsync(SourceFile ova, CancellationToken cancellationToken)
    {
        var members = await TarReader.ReadAsync(await _bytes.OfAsync(ova, cancellationToken), cancellationToken);
        var files = members.Where(member => member.IsFile).Select(member => new SourceFile
        {
            Path = member.Name,
            RawPath = System.Text.Encoding.UTF8.GetBytes(member.Name),
            Size = member.Size,
            Modified = ova.Modified,
            Pieces = [new FilePiece(ova, member.Offset, member.Size)],
        }).ToList();
        _finder = new FileFinder(new SourceFolder(ova.Name, files, _folder.ListedAt));
        var descriptions = files.Where(file => file.Name.EndsWith(".ovf", StringComparison.OrdinalIgnoreCase)).ToList();
        if (descriptions is not [var ovf])
        {
            return Nothing(descriptions.Count == 0 ? ConcernId.NotArchive : ConcernId.Ambiguous, ova.Path, $"{Shown.Of(ova.Path)} has {descriptions.Count} .ovf files, and an OVA has one.");
        }

        return await OvfAsync(ovf, files, cancellationToken);
    }

    /// <summary>Reads an OVF beside its files.</summary>
    private async Task<Inspection> OvfAsync(SourceFile ovf, List<SourceFile> members, CancellationToken cancellationToken)
    {
        var content = await _bytes.WholeAsync(ovf, FormatLimits.OvfBytes, cancellationToken);
        var envelope = OvfReader.Read(content.Span);
        var checksums = await ManifestAsync(ovf, members, content, cancellationToken);
        var machine = OvfMachineReader.Read(envelope, ovf.Name, _concerns);
        IReadOnlyList<SourceFile> known = members.Count > 0 ? members : _folder.Files;
        var joined = new List<SourceFile>();
        foreach (var file in envelope.Files.Where(file => file.ChunkSize is > 0 || file.Compression is not null))
        {
            if (Special(file, ovf.Folder, known) is { } special)
            {
                joined.Add(special);
            }
        }

        if (joined.Count > 0)
        {
            var hidden = joined.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
            _finder = new FileFinder(new SourceFolder(_folder.Name, [.. known.Where(file => !hidden.Contains(file.Path)), .. joined], _folder.ListedAt));
        }

        var disks = await DisksAsync(machine, ovf.Folder, System.Text.Encoding.UTF8, [], cancellationToken);
        foreach (var disk in machine.Disks)
        {
            if (disk.Capacity is { } capacity && disks.FirstOrDefault(other => other.Slot == disk.Slot) is { } chain && chain.Size != capacity)
            {
                _concerns.Add(ConcernId.CapacityDiffers, disk.Slot, $"The OVF says {capacity} bytes for {Shown.Of(disk.FileName)}, and the disk itself {chain.Size}: the disk's own size counts.");
            }
        }

        return Complete(machine, disks, ovf.Folder) with { Checksums = checksums };
    }

    /// <summary>A disk that lies in chunks, or is compressed as a whole, as one file.</summary>
    private SourceFile? Special(OvfFile file, string folder, IReadOnlyList<SourceFile> known)
    {
        var href = file.Href.StartsWith("./", StringComparison.Ordinal) ? file.Href[2..] : file.Href;
        if (file.ChunkSize is > 0)
        {
            var chunks = new List<SourceFile>();
            while (chunks.Count < FormatLimits.Members && _finder.Find($"{href}.{chunks.Count:d9}", folder, System.Text.Encoding.UTF8) is { Outcome: FindOutcome.Found, By: FoundBy.Path, File: { } chunk })
            {
                chunks.Add(chunk);
            }

            if (chunks.Count == 0)
            {
                return null;
            }

            var size = chunks.Sum(chunk => chunk.Size);
            if (file.Size is { } said && said != size)
            {
                _concerns.Add(ConcernId.FileTruncated, href, $"The {chunks.Count} chunks of {Shown.Of(href)} have {size} bytes, and the OVF says {said}.");
            }

            return chunks[0] with
            {
                Path = chunks[0].Path[..^10],
                RawPath = chunks[0].RawPath[..^10],
                Size = size,
                Inode = 0,
                Pieces = [.. chunks.SelectMany(chunk => chunk.Pieces.Count > 0 ? chunk.Pieces : [new FilePiece(chunk, 0, chunk.Size)])],
                IsCompressed = file.Compression is not null,
            };
        }

        if (!string.Equals(file.Compression, "gzip", StringComparison.OrdinalIgnoreCase))
        {
            _concerns.Add(ConcernId.UnsupportedExtent, href, $"{Shown.Of(href)} is compressed by {Shown.Of(file.Compression)}, and only gzip is read.", "Unpack the disk, and change the OVF accordingly.");
            return null;
        }

        return _finder.Find(href, folder, System.Text.Encoding.UTF8) is { Outcome: FindOutcome.Found, File: { } packed } && known.Contains(packed) ? packed with { IsCompressed = true } : null;
    }

    private async Task<IReadOnlyList<ManifestEntry>> ManifestAsync(SourceFile ovf, List<SourceFile> members, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var name = ovf.Path[..^4] + ".mf";
        var manifest = members.FirstOrDefault(file => file.Name.EndsWith(".mf", StringComparison.OrdinalIgnoreCase))
            ?? (members.Count == 0 ? _folder.Files.FirstOrDefault(file => string.Equals(file.Path, name, StringComparison.OrdinalIgnoreCase)) : null);
        if (manifest is null)
        {
            _concerns.Add(ConcernId.ManifestAbsent, ovf.Path, $"{Shown.Of(ovf.Path)} has no manifest: whether the disks are whole is only known by their format.");
            return [];
        }

        var entries = ManifestReader.Read((await _bytes.WholeAsync(manifest, FormatLimits.ManifestBytes, cancellationToken)).Span);
        if (entries.FirstOrDefault(entry => SameName(entry.Name, ovf.Name)) is { } own && !own.MatchesContent(content.Span))
        {
            _concerns.Add(ConcernId.ChecksumMismatch, ovf.Path, $"{Shown.Of(ovf.Path)} is not the file of which the manifest has the {own.Algorithm.ToString().ToUpperInvariant()}.");
        }

        return entries;
    }

    private static bool SameName(string first, string second) => (first.StartsWith("./", StringComparison.Ordinal) ? first[2..] : first) == second;

    private async Task<IReadOnlyList<VmSnapshot>> SnapshotsAsync(SourceFile vmx, CancellationToken cancellationToken)
    {
        var own = vmx.Path[..^4] + ".vmsd";
        var lists = _folder.Files.Where(file => file.Kind == SourceFileKind.File && file.Folder == vmx.Folder && !file.IsDebris && file.Name.EndsWith(".vmsd", StringComparison.OrdinalIgnoreCase)).ToList();
        var list = lists.FirstOrDefault(file => file.Path == own) ?? (lists.Count == 1 ? lists[0] : null);
        if (list is null || list.Size == 0)
        {
            return [];
        }

        try
        {
            _used.Add(list);
            return VmsdReader.Read((await _bytes.WholeAsync(list, FormatLimits.VmxBytes, cancellationToken)).Span);
        }
        catch (VmwareFormatException exception)
        {
            // Only names are lost: the disks themselves say what they are made of.
            _concerns.Add(ConcernId.UnparsableLine, list.Path, $"{Shown.Of(list.Path)}: {exception.Message}. The names of snapshots are not known.");
            return [];
        }
    }

    private SourceMachine AtSnapshot(SourceMachine machine, IReadOnlyList<VmSnapshot> snapshots)
    {
        if (_request.Snapshot is not { } name)
        {
            return machine;
        }

        var named = snapshots.Where(snapshot => snapshot.Name == name).ToList();
        if (named is not [var one])
        {
            _concerns.Add(
                named.Count == 0 ? ConcernId.FileMissing : ConcernId.Ambiguous,
                name,
                named.Count == 0 ? $"There is no snapshot {Shown.Of(name)}: there are {(snapshots.Count == 0 ? "none" : Shown.List(snapshots.Select(snapshot => snapshot.Name)))}." : $"{named.Count} snapshots are called {Shown.Of(name)}.",
                "Name one of the snapshots that are there, or none for the current state.");
            return machine;
        }

        // An independent disk has no state of that moment.
        return machine with { Disks = [.. machine.Disks.Where(disk => one.Disks.ContainsKey(disk.Slot) || disk.IsIndependent).Select(disk => one.Disks.TryGetValue(disk.Slot, out var file) ? disk with { FileName = file, Redo = null } : disk)] };
    }

    private async Task LocksAsync(SourceMachine machine, CancellationToken cancellationToken)
    {
        var locks = new List<(SourceFile File, LockHolder? Holder)>();
        foreach (var file in LockGrade.LocksOf(_folder).Take(MostLocks))
        {
            LockHolder? holder = null;
            if (!TrimReport.EsxiLock().IsMatch(file.Name))
            {
                try
                {
                    holder = LockHolder.Read((await (await _bytes.OfAsync(file, cancellationToken)).ReadAsync(0, 512, cancellationToken)).Span);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // It may be gone by now, or be held: what cannot be read is a machine's.
                    holder = LockHolder.Read([]);
                }
            }

            locks.Add((file, holder));
        }

        LockGrade.Judge(_folder, machine, locks, _concerns);
    }

    private async Task<IReadOnlyList<DiskChain>> DisksAsync(SourceMachine machine, string folder, System.Text.Encoding encoding, IReadOnlyList<VmSnapshot> snapshots, CancellationToken cancellationToken)
    {
        var chains = new List<DiskChain>();
        var reader = new ChainReader(_finder, _bytes, _concerns);
        foreach (var disk in machine.Disks.Take(256))
        {
            if (disk.IsDevice || VmdkDescriptor.IsDeviceName(disk.FileName))
            {
                _concerns.Add(ConcernId.RawDisk, disk.Slot, $"The disk {disk.Slot} is a device ({Shown.Of(disk.FileName)}) of the machine it ran on.");
                continue;
            }

            var found = _finder.Find(disk.FileName, folder, encoding);
            if (found.Outcome != FindOutcome.Found)
            {
                _concerns.Add(
                    found.Outcome switch
                    {
                        FindOutcome.Outside => ConcernId.PathOutside,
                        FindOutcome.Several => ConcernId.Ambiguous,
                        _ => ConcernId.FileMissing,
                    },
                    disk.Slot,
                    $"The disk {disk.Slot}: {found.Reason}.");
                continue;
            }

            if (found.By == FoundBy.BaseName)
            {
                _concerns.Add(ConcernId.AbsolutePathFoundByName, disk.Slot, $"The disk {disk.Slot} is {Shown.Of(disk.FileName)}: {Shown.Of(found.File!.Path)} is taken, which has that name.");
            }

            if (await reader.ReadAsync(disk.Slot, found.File!, cancellationToken) is { } chain)
            {
                chains.Add(chain);
                DiskNotes(chain, snapshots);
            }
        }

        if (machine.Disks.Count == 0)
        {
            _concerns.Add(ConcernId.NoDisks, string.Empty, "The machine has no disks.");
        }

        return chains;
    }

    private void DiskNotes(DiskChain chain, IReadOnlyList<VmSnapshot> snapshots)
    {
        if (chain.Layers.Count > 1)
        {
            var names = snapshots.Count == 0 ? string.Empty : $" ({Shown.List(snapshots.Select(snapshot => snapshot.Name), 4)})";
            _concerns.Add(
                ConcernId.SnapshotChain,
                chain.Slot,
                $"The current state is {Shown.Of(chain.Top.File.Path)}, on {chain.Layers.Count - 1} snapshot{(chain.Layers.Count > 2 ? "s" : string.Empty)}{names}; it is {Amounts.Of(chain.NewerBytes)} newer than the base {Shown.Of(chain.Base.File.Path)}. The current state is imported, and the snapshots are merged into it.");
        }

        if (chain.Layers.Any(layer => layer.Descriptor.ChangeTrackPath is not null))
        {
            _concerns.Add(ConcernId.ChangeTracking, chain.Slot, "Changed block tracking is on: its file is not needed.");
        }
    }

    private void Orphans(string folder, IReadOnlyList<DiskChain> disks)
    {
        var used = disks.SelectMany(disk => disk.Files).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var others = _folder.Files.Where(file => file.Kind == SourceFileKind.File && !file.IsDebris && file.Folder == folder && file.Name.EndsWith(".vmdk", StringComparison.OrdinalIgnoreCase)
            && !used.Contains(file.Path) && !Part().IsMatch(file.Name)).Select(file => file.Path).ToList();
        if (others.Count > 0)
        {
            _concerns.Add(ConcernId.Orphans, string.Empty, $"These disks are not part of the machine's current state, and are not imported: {Shown.List(others)}.");
        }
    }

    private Inspection Complete(SourceMachine machine, IReadOnlyList<DiskChain> disks, string folder)
    {
        _used.AddRange(disks.SelectMany(disk => disk.Files));
        return Finished(new Inspection
        {
            Machine = machine,
            Disks = disks,
            Proposal = MachineProposal.Make(machine, _request.Limits, _request.TakenMacs, _concerns),
            Trim = TrimReport.Make(_folder, _used, machine.SuspendedState is not null, folder),
        });
    }

    private Inspection Nothing(ConcernId id, string subject, string assessment)
    {
        _concerns.Add(id, subject, assessment);
        return Finished(new Inspection());
    }

    private Inspection Finished(Inspection inspection) => inspection with
    {
        Concerns = _concerns.All,
        BytesRead = _bytes.BytesRead,
        Used = [.. _used.SelectMany(file => file.Pieces.Count > 0 ? file.Pieces.Select(piece => piece.Container) : [file]).DistinctBy(file => file.Path, StringComparer.Ordinal)],
    };

    /// <summary>Parts of disks, which no .vmx names.</summary>
    [GeneratedRegex(@"-(flat|delta|sesparse|ctk|rdm|rdmp|[sf]\d{3})\.vmdk$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Part();
}
