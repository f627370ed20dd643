using System.Text;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>
/// Makes names comparable that file systems write differently: macOS decomposes letters (NFD), and a name in a .vmx is composed (NFC).
/// </summary>
public static class NameFolding
{
    private const int HangulBase = 0xac00;
    private const int HangulCount = 11172;

    /// <summary>A name with every letter decomposed.</summary>
    public static string Decompose(string name)
    {
        if (name.All(char.IsAscii))
        {
            return name;
        }

        var result = new StringBuilder(name.Length + 8);
        foreach (var one in name)
        {
            if (one - HangulBase is >= 0 and < HangulCount and var index)
            {
                _ = result.Append((char)(0x1100 + (index / 588))).Append((char)(0x1161 + (index % 588 / 28)));
                if (index % 28 is > 0 and var final)
                {
                    _ = result.Append((char)(0x11a7 + final));
                }
            }
            else if (Table.TryGetValue(one, out var parts))
            {
                _ = result.Append(parts);
            }
            else
            {
                _ = result.Append(one);
            }
        }

        return result.ToString();
    }

    /// <summary>A name with every letter decomposed and large, so that case does not matter.</summary>
    public static string WithoutCase(string name) => Decompose(name).ToUpperInvariant();

    private static readonly System.Collections.Frozen.FrozenDictionary<char, string> Table = Load();

    private static System.Collections.Frozen.FrozenDictionary<char, string> Load()
    {
        var table = new Dictionary<char, string>();
        for (var at = 0; at < CanonicalDecompositions.Records.Length;)
        {
            var length = CanonicalDecompositions.Records[at] - '0';
            table[CanonicalDecompositions.Records[at + 1]] = CanonicalDecompositions.Records.Substring(at + 2, length);
            at += 2 + length;
        }

        return System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(table);
    }
}
