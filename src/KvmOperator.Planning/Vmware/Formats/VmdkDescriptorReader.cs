using System.Globalization;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>
/// Reads the text part of a VMDK, whether it is a file of its own or lies within a binary one. What qemu-img gets wrong in such texts (empty lines, order, small letters, encodings) is read here as VMware means it.
/// </summary>
public static class VmdkDescriptorReader
{
    /// <summary>Reads a descriptor; what lies behind its first zero byte is not part of it.</summary>
    /// <exception cref="VmwareFormatException">It is no descriptor, or too large, or has more extents than are read.</exception>
    public static VmdkDescriptor Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > FormatLimits.DescriptorBytes)
        {
            throw new VmwareFormatException(ConcernId.NotText, $"its descriptor is larger than {FormatLimits.DescriptorBytes >> 10} KiB");
        }

        var end = bytes.IndexOf((byte)0);
        var content = end >= 0 ? bytes[..end] : bytes;
        var text = ForeignText.Read(content, "encoding", "ddb.encoding");
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var extents = new List<VmdkExtent>();
        foreach (var raw in text.Lines())
        {
            var line = raw.AsSpan().Trim();
            if (line.IsEmpty || line[0] == '#' || line.StartsWith("/*", StringComparison.Ordinal) || line.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            if (Extent(line) is { } extent)
            {
                extents.Add(extent);
                if (extents.Count > FormatLimits.Extents)
                {
                    throw new VmwareFormatException(ConcernId.UnsupportedExtent, $"it has more than {FormatLimits.Extents} extents");
                }
            }
            else if (line.IndexOf('=') is > 0 and var separator && values.Count < FormatLimits.Extents)
            {
                values[line[..separator].Trim().ToString()] = Unquoted(line[(separator + 1)..].Trim());
            }
        }

        if (!values.TryGetValue("createType", out var createType) && extents.Count == 0)
        {
            throw new VmwareFormatException(ConcernId.Corrupt, "it is no VMDK descriptor: it has neither a createType nor an extent");
        }

        if (extents.Sum(extent => (decimal)extent.Sectors) > long.MaxValue / 512)
        {
            throw new VmwareFormatException(ConcernId.Corrupt, "its extents are larger than a disk can be");
        }

        return new VmdkDescriptor
        {
            CreateType = createType ?? string.Empty,
            Cid = ContentId(values.GetValueOrDefault("CID")),
            ParentCid = ContentId(values.GetValueOrDefault("parentCID")),
            ParentFileName = values.GetValueOrDefault("parentFileNameHint") is { Length: > 0 } parent ? parent : null,
            Extents = extents,
            AdapterType = values.GetValueOrDefault("ddb.adapterType") is { Length: > 0 } adapter ? adapter : null,
            ChangeTrackPath = values.GetValueOrDefault("changeTrackPath") is { Length: > 0 } track ? track : null,
            Encoding = text.Encoding,
            EncodingDoubt = text.Doubt,
        };
    }

    /// <summary><c>RW 2048 FLAT "name" 0</c>. Fields behind the offset, which other tools write, say nothing that is needed.</summary>
    private static VmdkExtent? Extent(ReadOnlySpan<char> line)
    {
        var rest = line;
        VmdkAccess? access = Word(ref rest).ToString().ToUpperInvariant() switch
        {
            "RW" => VmdkAccess.ReadWrite,
            "RDONLY" => VmdkAccess.ReadOnly,
            "NOACCESS" => VmdkAccess.None,
            _ => null,
        };
        if (access is null || !long.TryParse(Word(ref rest), NumberStyles.None, CultureInfo.InvariantCulture, out var sectors))
        {
            return null;
        }

        var word = Word(ref rest).ToString();
        var kind = word.ToUpperInvariant() switch
        {
            "FLAT" => VmdkExtentKind.Flat,
            "VMFS" => VmdkExtentKind.Vmfs,
            "SPARSE" => VmdkExtentKind.Sparse,
            "VMFSSPARSE" => VmdkExtentKind.VmfsSparse,
            "SESPARSE" => VmdkExtentKind.SeSparse,
            "ZERO" => VmdkExtentKind.Zero,
            "VMFSRDM" or "VMFSRAW" => VmdkExtentKind.Device,
            _ => VmdkExtentKind.Unknown,
        };
        string? name = null;
        if (rest.StartsWith("\"", StringComparison.Ordinal))
        {
            var close = rest[1..].IndexOf('"');
            if (close < 0)
            {
                return null;
            }

            name = rest.Slice(1, close).ToString();
            rest = rest[(close + 2)..].TrimStart();
        }

        long? offset = long.TryParse(Word(ref rest), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        return new VmdkExtent(access.Value, sectors, kind, word, name, offset);
    }

    private static ReadOnlySpan<char> Word(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(' ', '\t');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..].TrimStart();
        return word;
    }

    private static string Unquoted(ReadOnlySpan<char> value)
    {
        if (value.Length < 2 || value[0] != '"')
        {
            return value.ToString();
        }

        var close = value[1..].LastIndexOf('"');
        return (close < 0 ? value[1..] : value.Slice(1, close)).ToString();
    }

    private static uint ContentId(string? text) => uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) ? id : VmdkDescriptor.NoParent;
}
