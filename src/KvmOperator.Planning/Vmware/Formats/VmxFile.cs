using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>The keys and values of a .vmx or .vmsd. Keys are without case.</summary>
public sealed class VmxFile
{
    private readonly FrozenDictionary<string, string> _values;

    internal VmxFile(IReadOnlyDictionary<string, string> values, IReadOnlyList<VmxNote> notes, int unparsable, IReadOnlyList<VmxDuplicate> duplicates, Encoding encoding, string? doubt)
    {
        _values = values.ToFrozenDictionary(StringComparer.Ordinal);
        (Notes, Unparsable, Duplicates, Encoding, EncodingDoubt) = (notes, unparsable, duplicates, encoding, doubt);
    }

    /// <summary>All keys, in small letters.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>What was noticed about single lines, the first hundred.</summary>
    public IReadOnlyList<VmxNote> Notes { get; }

    /// <summary>How many lines could not be read.</summary>
    public int Unparsable { get; }

    /// <summary>Keys that stand in the file more than once.</summary>
    public IReadOnlyList<VmxDuplicate> Duplicates { get; }

    /// <summary>The encoding it was read with.</summary>
    public Encoding Encoding { get; }

    /// <summary>What people should know about the encoding; null for nothing.</summary>
    public string? EncodingDoubt { get; }

    /// <summary>A key's value as it stands there, null when the key is not there. An empty value is a value.</summary>
    public string? Value(string key) => _values.GetValueOrDefault(key.ToLowerInvariant());

    /// <summary>A key's value, null when the key is not there or has none.</summary>
    public string? Text(string key) => Value(key)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A key's truth, null when the key is not there or says something else.</summary>
    public bool? Flag(string key) => Text(key)?.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "1" or "ON" => true,
        "FALSE" or "NO" or "0" or "OFF" => false,
        _ => null,
    };

    /// <summary>A key's number, null when the key is not there or is none.</summary>
    public long? Number(string key) => long.TryParse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
