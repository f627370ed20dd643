using System.Globalization;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Reads a disk's layers from the file that a .vmx names down to the base, and checks that every file is there as long as it has to be. What is wrong is a concern, and no exception.</summary>
/// <param name="finder">Finds the files.</param>
/// <param name="bytes">Reads them.</param>
/// <param name="concerns">Takes what is noticed.</param>
public sealed class ChainReader(FileFinder finder, SourceBytes bytes, ConcernList concerns)
{
    /// <summary>VMware's own limit for a disk.</summary>
    private const long LargestDisk = 62L << 40;

    private const int Sector = 512;

    /// <summary>Reads a disk, null when it cannot be imported: then a critical concern says why.</summary>
    /// <param name="slot">Where it is attached.</param>
    /// <param name="top">The file of its current state.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<DiskChain?> ReadAsync(string slot, SourceFile top, CancellationToken cancellationToken)
    {
        var layers = new List<DiskLayer>();
        var file = top;
        try
        {
            while (true)
            {
                if (layers.Exists(layer => layer.File.IsSameAs(file)))
                {
                    concerns.Add(ConcernId.Cycle, slot, $"{Shown.Of(file.Path)} is its own parent: {Shown.List(layers.Select(layer => layer.File.Path))} lead back to it.");
                    return null;
                }

                if (layers.Count == FormatLimits.Layers)
                {
                    concerns.Add(ConcernId.ChainTooLong, slot, $"The disk has more than {FormatLimits.Layers} layers.");
                    return null;
                }

                if (await LayerAsync(file, slot, cancellationToken) is not { } layer || (layers is [.., var child] && !Fits(child, layer, slot)))
                {
                    return null;
                }

                layers.Add(layer);
                if (!layer.Descriptor.HasParent)
                {
                    break;
                }

                if (Parent(layer, slot) is not { } parent)
                {
                    return null;
                }

                file = parent;
            }
        }
        catch (VmwareFormatException exception)
        {
            concerns.Add(file.Path, exception);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            concerns.Add(file.Path, exception);
            return null;
        }

        var chain = new DiskChain(slot, layers);
        if (chain.Size > LargestDisk)
        {
            concerns.Add(ConcernId.DiskTooLarge, slot, $"The disk {Shown.Of(top.Path)} has {Amounts.Of(chain.Size)}, and VMware makes none larger than {Amounts.Of(LargestDisk)}: its descriptor is damaged.");
            return null;
        }

        return chain;
    }

    private bool Fits(DiskLayer child, DiskLayer parent, string slot)
    {
        if (child.Descriptor.ParentCid != parent.Descriptor.Cid)
        {
            concerns.Add(
                ConcernId.ParentChanged,
                slot,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Shown.Of(child.File.Path)} was made on a parent with the content id {child.Descriptor.ParentCid:x8}, and {Shown.Of(parent.File.Path)} has {parent.Descriptor.Cid:x8}: it was written to afterwards, or is another file."));
            return false;
        }

        if (child.Size < parent.Size)
        {
            concerns.Add(ConcernId.CapacityDiffers, slot, $"{Shown.Of(child.File.Path)} has {Amounts.Of(child.Size)}, and its parent {Amounts.Of(parent.Size)}: the end of the parent is not part of the disk.");
        }

        return true;
    }

    private SourceFile? Parent(DiskLayer layer, string slot)
    {
        if (layer.Descriptor.ParentFileName is not { } name)
        {
            concerns.Add(ConcernId.FileMissing, slot, $"{Shown.Of(layer.File.Path)} has a parent and does not say which file it is.");
            return null;
        }

        return File(name, layer.File, layer.Descriptor, slot, "parent");
    }

    /// <summary>Finds a file that a descriptor names, or says why not.</summary>
    private SourceFile? File(string name, SourceFile from, VmdkDescriptor descriptor, string slot, string role)
    {
        var found = finder.Find(name, from.Folder, descriptor.Encoding);
        switch (found.Outcome)
        {
            case FindOutcome.Found:
                if (found.By == FoundBy.BaseName)
                {
                    concerns.Add(ConcernId.AbsolutePathFoundByName, slot, $"{Shown.Of(from.Path)} names its {role} {Shown.Of(name)}: {Shown.Of(found.File!.Path)} is taken, which has that name.");
                }

                return found.File;
            case FindOutcome.Outside:
                concerns.Add(ConcernId.PathOutside, slot, $"{Shown.Of(from.Path)} names its {role}: {found.Reason}.");
                return null;
            case FindOutcome.Several:
                concerns.Add(ConcernId.Ambiguous, slot, $"{Shown.Of(from.Path)} names its {role}: {found.Reason}.");
                return null;
            default:
                concerns.Add(ConcernId.FileMissing, slot, $"{Shown.Of(from.Path)} names its {role}: {found.Reason}.");
                return null;
        }
    }

    private async Task<DiskLayer?> LayerAsync(SourceFile file, string slot, CancellationToken cancellationToken)
    {
        var content = await bytes.OfAsync(file, cancellationToken);
        var head = await content.ReadAsync(0, SparseHeader.Bytes, cancellationToken);
        if (SparseHeader.Read(head.Span) is { } header)
        {
            // A part of a split disk has room for a descriptor in its header and none there.
            var text = header.Kind != SparseKind.Hosted || header.DescriptorSector == 0
                ? ReadOnlyMemory<byte>.Empty
                : await content.ReadAsync(header.DescriptorSector * Sector, (int)Math.Min(header.DescriptorSectors * Sector, FormatLimits.DescriptorBytes), cancellationToken);
            if (text.IsEmpty || text.Span[0] == 0)
            {
                concerns.Add(ConcernId.FileMissing, slot, $"{Shown.Of(file.Path)} is a part of a disk, without its descriptor: the small text file of a similar name that lists the parts is missing.");
                return null;
            }

            var embedded = VmdkDescriptorReader.Read(text.Span);
            var extent = new DiskExtent(VmdkExtentKind.Sparse, header.Sectors, file, 0, header);
            return await CheckedAsync(extent, content, slot, cancellationToken)
                ? new DiskLayer(file, embedded, [extent], await StreamLengthAsync(header, file, content, cancellationToken))
                : null;
        }

        if (file.Size > FormatLimits.DescriptorBytes && !file.IsCompressed)
        {
            concerns.Add(ConcernId.NotText, slot, $"{Shown.Of(file.Path)} is neither a VMDK's descriptor nor a sparse VMDK.");
            return null;
        }

        var descriptor = VmdkDescriptorReader.Read((await content.ReadAsync(0, FormatLimits.DescriptorBytes, cancellationToken)).Span);
        if (descriptor.EncodingDoubt is { } doubt)
        {
            concerns.Add(ConcernId.Encoding, file.Path, $"{Shown.Of(file.Path)}: {doubt}");
        }

        return await PartsAsync(file, descriptor, slot, cancellationToken);
    }

    private async Task<DiskLayer?> PartsAsync(SourceFile file, VmdkDescriptor descriptor, string slot, CancellationToken cancellationToken)
    {
        if (descriptor.IsDevice)
        {
            concerns.Add(ConcernId.RawDisk, slot, $"{Shown.Of(file.Path)} stands for a device ({Shown.Of(descriptor.CreateType)}) of the machine it ran on: its content is not in the folder.");
            return null;
        }

        if (descriptor.Extents.Count == 0)
        {
            concerns.Add(ConcernId.UnsupportedExtent, slot, $"{Shown.Of(file.Path)} ({Shown.Of(descriptor.CreateType)}) has no extents.");
            return null;
        }

        var extents = new List<DiskExtent>();
        foreach (var extent in descriptor.Extents)
        {
            if (extent.Kind == VmdkExtentKind.Unknown || extent.Access == VmdkAccess.None || extent.Sectors == 0 || (extent.Kind != VmdkExtentKind.Zero && extent.FileName is null))
            {
                concerns.Add(ConcernId.UnsupportedExtent, slot, $"{Shown.Of(file.Path)} has an extent that cannot be read: {Shown.Of(extent.Word)} with {extent.Sectors} sectors{(extent.Access == VmdkAccess.None ? " that may not be read" : string.Empty)}.");
                return null;
            }

            if (extent.Kind == VmdkExtentKind.Zero)
            {
                extents.Add(new DiskExtent(VmdkExtentKind.Zero, extent.Sectors, null, 0, null));
                continue;
            }

            if (File(extent.FileName!, file, descriptor, slot, "extent") is not { } part)
            {
                return null;
            }

            if (part.IsSameAs(file))
            {
                concerns.Add(ConcernId.Cycle, slot, $"{Shown.Of(file.Path)} names itself as its extent.");
                return null;
            }

            if (await ExtentAsync(extent, part, slot, cancellationToken) is not { } checkedExtent)
            {
                return null;
            }

            extents.Add(checkedExtent);
        }

        if (extents.Exists(extent => extent.Header is { IsCompressed: true }))
        {
            // A footer is only found in a file that is opened itself, so a stream has to be the whole layer.
            var stream = extents[0];
            if (extents.Count > 1)
            {
                concerns.Add(ConcernId.UnsupportedExtent, slot, $"{Shown.Of(file.Path)} has several extents, of which one is a stream ({Shown.Of(stream.File!.Path)}).");
                return null;
            }

            return new DiskLayer(file, descriptor, extents, await StreamLengthAsync(stream.Header!, stream.File!, await bytes.OfAsync(stream.File!, cancellationToken), cancellationToken));
        }

        return new DiskLayer(file, descriptor, extents, null);
    }

    private async Task<DiskExtent?> ExtentAsync(VmdkExtent extent, SourceFile part, string slot, CancellationToken cancellationToken)
    {
        if (extent.Kind is VmdkExtentKind.Flat or VmdkExtentKind.Vmfs)
        {
            var offset = extent.Offset ?? 0;
            var needed = ((Int128)offset + extent.Sectors) * Sector;
            if (part.Size < needed)
            {
                concerns.Add(ConcernId.FileTruncated, slot, $"{Shown.Of(part.Path)} has {part.Size} bytes, and {needed} are needed: the copy is cut.");
                return null;
            }

            return new DiskExtent(extent.Kind, extent.Sectors, part, offset, null);
        }

        var content = await bytes.OfAsync(part, cancellationToken);
        var head = await content.ReadAsync(0, SparseHeader.Bytes, cancellationToken);
        SparseHeader? header;
        try
        {
            header = SparseHeader.Read(head.Span);
        }
        catch (VmwareFormatException exception)
        {
            concerns.Add(exception.Concern, slot, $"{Shown.Of(part.Path)}: {exception.Message}.");
            return null;
        }

        var kind = header?.Kind switch
        {
            SparseKind.Hosted => VmdkExtentKind.Sparse,
            SparseKind.CopyOnWrite => VmdkExtentKind.VmfsSparse,
            SparseKind.SpaceEfficient => VmdkExtentKind.SeSparse,
            _ => VmdkExtentKind.Unknown,
        };
        if (header is null || kind != extent.Kind)
        {
            concerns.Add(
                head.Length == 0 ? ConcernId.FileTruncated : ConcernId.Corrupt,
                slot,
                head.Length == 0 ? $"{Shown.Of(part.Path)} is empty: the copy is cut." : $"{Shown.Of(part.Path)} should be {extent.Word}, and its begin says something else.");
            return null;
        }

        if (header.Sectors != extent.Sectors)
        {
            concerns.Add(ConcernId.CapacityDiffers, slot, $"{Shown.Of(part.Path)} has {header.Sectors} sectors by its own header, and {extent.Sectors} by the descriptor: its own header counts.");
        }

        var result = new DiskExtent(kind, header.Sectors, part, 0, header);
        return await CheckedAsync(result, content, slot, cancellationToken) ? result : null;
    }

    /// <summary>Whether a sparse file is whole: qemu-img reads zeros where a file is cut, and says nothing.</summary>
    private async Task<bool> CheckedAsync(DiskExtent extent, IByteSource content, string slot, CancellationToken cancellationToken)
    {
        var header = extent.Header!;
        var path = Shown.Of(extent.File!.Path);
        if (header.HasDirtyJournal)
        {
            concerns.Add(ConcernId.SeSparseDirty, slot, $"{path} was not closed: changes in its journal are not in their places yet, and only VMware can put them there.");
            return false;
        }

        if (header.HasUnknownFields)
        {
            concerns.Add(ConcernId.UnsupportedExtent, slot, $"{path} has fields set that qemu-img does not know.", ConcernCatalogue.Consolidate);
            return false;
        }

        if (header.IsCompressed || extent.File.IsCompressed)
        {
            return true;
        }

        if (await SparseTables.NeededBytesAsync(header, content, bytes, cancellationToken) is { } needed && needed > content.Length)
        {
            concerns.Add(ConcernId.FileTruncated, slot, $"{path} has {content.Length} bytes, and {needed} are needed: the copy is cut.");
            return false;
        }

        return true;
    }

    private static async Task<long?> StreamLengthAsync(SparseHeader header, SourceFile file, IByteSource content, CancellationToken cancellationToken)
    {
        if (!header.IsCompressed && header.DirectorySector != SparseHeader.AtEnd)
        {
            return null;
        }

        if (header.DirectorySector != SparseHeader.AtEnd || file.IsCompressed)
        {
            return file.Size;
        }

        // Whole sectors are counted from the begin of the file.
        var start = Math.Max(0, (content.Length - StreamFooter.Bytes) / Sector * Sector);
        var tail = await content.ReadAsync(start, (int)(content.Length - start), cancellationToken);
        return StreamFooter.FindEnd(tail.Span, content.Length);
    }
}
