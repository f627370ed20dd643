using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>The text part of a VMDK: what a disk's layer is made of, and which layer lies below it.</summary>
public sealed record VmdkDescriptor
{
    /// <summary>The content id of a layer that has no parent, as its parent's.</summary>
    public const uint NoParent = 0xffffffff;

    /// <summary>The kind of disk, as it stands there.</summary>
    public string CreateType { get; init; } = string.Empty;

    /// <summary>The content id. It changes when a machine is started that writes to the layer, not before: two layers may have the same one.</summary>
    public uint Cid { get; init; } = NoParent;

    /// <summary>The content id that the parent has to have; <see cref="NoParent"/> for none.</summary>
    public uint ParentCid { get; init; } = NoParent;

    /// <summary>The parent's file as it stands there.</summary>
    public string? ParentFileName { get; init; }

    /// <summary>The extents in their order.</summary>
    public IReadOnlyList<VmdkExtent> Extents { get; init; } = [];

    /// <summary>The controller it was made for.</summary>
    public string? AdapterType { get; init; }

    /// <summary>The changed block tracking file, when there is one.</summary>
    public string? ChangeTrackPath { get; init; }

    /// <summary>The encoding that its names are in.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>What people should know about the encoding; null for nothing.</summary>
    public string? EncodingDoubt { get; init; }

    /// <summary>Whether a layer lies below this one.</summary>
    public bool HasParent => ParentCid != NoParent;

    /// <summary>The sum of the extent lines, in sectors of 512 bytes.</summary>
    public long Sectors => Extents.Sum(extent => extent.Sectors);

    /// <summary>Whether it is a device instead of files: a whole one, a partition, or one behind a storage adapter.</summary>
    public bool IsDevice =>
        CreateType.ToUpperInvariant() is "FULLDEVICE" or "PARTITIONEDDEVICE" or "VMFSRAW" or "VMFSRDM" or "VMFSRDMP" or "VMFSRAWDEVICEMAP" or "VMFSPASSTHROUGHRAWDEVICEMAP"
        || Extents.Any(extent => extent.Kind == VmdkExtentKind.Device || IsDeviceName(extent.FileName));

    /// <summary>Whether a name is a device of Windows or of Unix.</summary>
    public static bool IsDeviceName(string? name) =>
        name is not null && (name.StartsWith(@"\\.\", StringComparison.Ordinal) || name.StartsWith(@"\\?\", StringComparison.Ordinal)
            || name.StartsWith("/dev/", StringComparison.Ordinal) || name.StartsWith("/vmfs/devices/", StringComparison.Ordinal));
}
