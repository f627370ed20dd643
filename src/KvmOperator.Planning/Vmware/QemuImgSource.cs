using System.Globalization;
using System.Text.Json.Nodes;
using System.Text;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>
/// What qemu-img is given instead of foreign descriptors: a work folder with links to the extents, a descriptor of our own for each layer, and the layers' order as JSON. So qemu-img parses no foreign text, follows no path that
/// stands in it, and none of what it gets wrong there matters.
/// </summary>
/// <param name="Links">Links to make in the work folder.</param>
/// <param name="Files">Files to write there, by name.</param>
/// <param name="Zeros">Empty sparse files to make there, with their sizes.</param>
/// <param name="Joined">Links to files that have to be written first, because they lie in pieces, or are compressed as a whole.</param>
/// <param name="Image">The name of the image for qemu-img (<c>json:…</c>), or of one extent that is the disk's content as it is.</param>
public sealed record QemuImgSource(IReadOnlyList<WorkLink> Links, IReadOnlyDictionary<string, string> Files, IReadOnlyDictionary<string, long> Zeros, IReadOnlyList<WorkLink> Joined, string Image)
{
    private const int Sector = 512;
    private const uint FirstContentId = 0x10000000;

    /// <summary>What qemu-img is given for a disk.</summary>
    /// <param name="chain">The disk.</param>
    /// <param name="workFolder">The work folder's absolute path on the host.</param>
    public static QemuImgSource Make(DiskChain chain, string workFolder)
    {
        var builder = new Builder(workFolder);

        // From the base up: a layer has to name its parent's content id.
        JsonObject? image = null;
        var parentId = VmdkDescriptor.NoParent;
        for (var index = chain.Layers.Count - 1; index >= 0; index--)
        {
            (image, parentId) = builder.Layer(chain.Layers[index], index, image, parentId);
        }

        return new QemuImgSource(builder.Links, builder.Files, builder.Zeros, builder.Joined, "json:" + image!.ToJsonString());
    }

    private sealed class Builder(string workFolder)
    {
        private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

        public List<WorkLink> Links { get; } = [];

        public List<WorkLink> Joined { get; } = [];

        public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, long> Zeros { get; } = new(StringComparer.Ordinal);

        public (JsonObject Image, uint ContentId) Layer(DiskLayer layer, int index, JsonObject? backing, uint parentId)
        {
            if (layer.StreamLength is { } length)
            {
                var stream = layer.Extents[0].File!;
                return (WithBacking(Node("vmdk", FileNode(stream, length)), backing), layer.Descriptor.Cid);
            }

            // A member of an archive is no file that a descriptor could name: it is opened at its offset, with the descriptor that lies in it.
            if (layer.Extents is [{ File: { Pieces.Count: 1, IsCompressed: false } member, Header: not null }])
            {
                return (WithBacking(Node("vmdk", FileNode(member, member.Size)), backing), layer.Descriptor.Cid);
            }

            var id = FirstContentId + (uint)index;
            var name = string.Create(CultureInfo.InvariantCulture, $"l{index}.vmdk");
            Files[name] = Descriptor(layer, id, parentId);
            return (WithBacking(Node("vmdk", new JsonObject { ["driver"] = "file", ["filename"] = $"{workFolder}/{name}" }), backing), id);
        }

        private static JsonObject Node(string driver, JsonObject file) => new() { ["driver"] = driver, ["file"] = file };

        private static JsonObject WithBacking(JsonObject image, JsonObject? backing)
        {
            // Null says that there is none, whatever a header hints at.
            image["backing"] = backing;
            return image;
        }

        private JsonObject FileNode(SourceFile file, long length)
        {
            var (container, offset) = file is { Pieces: [var piece], IsCompressed: false } ? (piece.Container, piece.Offset) : (file, 0L);
            var plain = new JsonObject { ["driver"] = "file", ["filename"] = $"{workFolder}/{Link(container)}" };

            // How long a compressed file is only unpacking says: all of it is taken.
            return file.IsCompressed || (offset == 0 && length == container.Size)
                ? plain
                : new JsonObject { ["driver"] = "raw", ["offset"] = offset, ["size"] = length / Sector * Sector, ["file"] = plain };
        }

        private string Descriptor(DiskLayer layer, uint id, uint parentId)
        {
            var text = new StringBuilder();
            _ = text.Append("# Disk DescriptorFile\nversion=1\n")
                .Append(CultureInfo.InvariantCulture, $"CID={id:x8}\nparentCID={parentId:x8}\n")
                .Append(CultureInfo.InvariantCulture, $"createType=\"{CreateType(layer)}\"\n\n# Extent description\n");
            foreach (var extent in layer.Extents)
            {
                _ = text.Append(CultureInfo.InvariantCulture, $"RW {extent.Sectors} ");
                _ = extent.Kind switch
                {
                    VmdkExtentKind.Flat or VmdkExtentKind.Vmfs => text.Append(CultureInfo.InvariantCulture, $"FLAT \"{Link(extent.File!)}\" {extent.Offset}\n"),
                    VmdkExtentKind.Zero => text.Append(CultureInfo.InvariantCulture, $"FLAT \"{Zero(extent.Sectors)}\" 0\n"),
                    VmdkExtentKind.Sparse => text.Append(CultureInfo.InvariantCulture, $"SPARSE \"{Link(extent.File!)}\"\n"),
                    VmdkExtentKind.VmfsSparse => text.Append(CultureInfo.InvariantCulture, $"VMFSSPARSE \"{Link(extent.File!)}\"\n"),
                    VmdkExtentKind.SeSparse => text.Append(CultureInfo.InvariantCulture, $"SESPARSE \"{Link(extent.File!)}\"\n"),
                    _ => throw new ArgumentException($"an extent of the kind {extent.Kind} is no part of a disk that can be imported", nameof(layer)),
                };
            }

            return text.Append("\n# The Disk Data Base\n#DDB\n\nddb.virtualHWVersion = \"4\"\nddb.adapterType = \"lsilogic\"\n").ToString();
        }

        /// <summary>One of the words that qemu-img takes (block/vmdk.c compares them exactly). What an extent is its own line says.</summary>
        private static string CreateType(DiskLayer layer) => layer.Extents[0].Kind switch
        {
            VmdkExtentKind.SeSparse => "seSparse",
            VmdkExtentKind.VmfsSparse => "vmfsSparse",
            VmdkExtentKind.Sparse => "twoGbMaxExtentSparse",
            _ => "twoGbMaxExtentFlat",
        };

        private string Link(SourceFile file)
        {
            if (!_names.TryGetValue(file.Path, out var name))
            {
                var (prefix, links) = file.Pieces.Count > 0 || file.IsCompressed ? ("s", Joined) : ("e", Links);
                _names[file.Path] = name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{links.Count}");
                links.Add(new WorkLink(name, file));
            }

            return name;
        }

        private string Zero(long sectors)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"z{Zeros.Count}");
            Zeros[name] = sectors * Sector;
            return name;
        }
    }
}
