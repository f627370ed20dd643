using System.Globalization;
using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>
/// Finds the encoding that a file names. VMware writes the names of ICU (<c>windows-949-2000</c>), which .NET does not know; an unknown name is no error, since most such files are ASCII.
/// </summary>
public static class ForeignEncoding
{
    private const int Japanese = 932;
    private const int SimplifiedChinese = 936;
    private const int Korean = 949;
    private const int TraditionalChinese = 950;

    /// <summary>The encoding of a name, null when no such encoding is known. It replaces what it cannot read by U+FFFD.</summary>
    public static Encoding? Find(string? name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 64)
        {
            return null;
        }

        var parts = name.Trim().ToLowerInvariant().Split(['-', '_', ' ', '.', ',', ':'], StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["x", ..])
        {
            parts = parts[1..];
        }

        var joined = string.Concat(parts);
        return joined switch
        {
            "utf8" or "unicode11utf8" or "ascii" or "usascii" or "ansix3.41968" or "646" => Encoding.UTF8,
            "utf16" or "utf16le" or "unicode" => Encoding.Unicode,
            "utf16be" => Encoding.BigEndianUnicode,
            "latin1" or "l1" => Encoding.Latin1,
            "shiftjis" or "sjis" or "mskanji" or "csshiftjis" or "windows31j" or "cswindows31j" or "jis" => OfCodePage(Japanese),
            "eucjp" => OfCodePage(51932),
            "gbk" or "gb2312" or "gb231280" or "euccn" or "chinese" or "cn" => OfCodePage(SimplifiedChinese),
            "gb18030" => OfCodePage(54936),
            "big5" or "big5hkscs" or "cnbig5" or "euctw" => OfCodePage(TraditionalChinese),
            "euckr" or "ksc5601" or "ksc56011987" or "korean" or "uhc" => OfCodePage(Korean),
            "koi8r" => OfCodePage(20866),
            "koi8u" => OfCodePage(21866),
            "macintosh" or "macroman" or "mac" => OfCodePage(10000),
            _ => ByNumber(parts),
        };
    }

    /// <summary>Whether bytes are read as an encoding without a loss.</summary>
    public static bool IsValid(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            _ = Strict(encoding).GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>A name as it would be written in an encoding, null when it cannot be.</summary>
    public static byte[]? Encode(Encoding encoding, string text)
    {
        try
        {
            return Strict(encoding).GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    internal static Encoding Windows1252 => OfCodePage(1252)!;

    private static Encoding Strict(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        return strict;
    }

    /// <summary><c>windows-949-2000</c>, <c>ibm-943_P15A-2000</c>, <c>cp936</c>, <c>ISO-8859-15</c>: the first number says which, and what is behind it is ICU's version.</summary>
    private static Encoding? ByNumber(string[] parts)
    {
        var part = parts switch
        {
            ["iso", "8859", var third, ..] => third,
            ["iso8859" or "8859", var second, ..] => second,
            _ => null,
        };
        if (part is not null)
        {
            return Number(part) is >= 1 and <= 16 and var number ? number == 1 ? Encoding.Latin1 : OfCodePage(28590 + number) : null;
        }

        var (family, first) = parts switch
        {
            [("windows" or "ibm" or "cp" or "ms" or "dos" or "ansi") and var name, var digits, ..] => (name, Number(digits)),
            [var one, ..] when one.StartsWith("windows", StringComparison.Ordinal) => ("windows", Number(one["windows".Length..])),
            [var one, ..] when one.StartsWith("ibm", StringComparison.Ordinal) => ("ibm", Number(one["ibm".Length..])),
            [var one, ..] when one.StartsWith("cp", StringComparison.Ordinal) || one.StartsWith("ms", StringComparison.Ordinal) => ("windows", Number(one[2..])),
            _ => (string.Empty, null),
        };
        return first switch
        {
            null => null,
            943 or 942 when family == "ibm" => OfCodePage(Japanese),
            1386 when family == "ibm" => OfCodePage(SimplifiedChinese),
            1363 when family == "ibm" => OfCodePage(Korean),
            1373 or 1375 when family == "ibm" => OfCodePage(TraditionalChinese),
            5348 when family == "ibm" => OfCodePage(1252),
            65001 => Encoding.UTF8,
            { } page => OfCodePage(page),
        };
    }

    private static int? Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536 ? number : null;

    private static Encoding? OfCodePage(int page)
    {
        try
        {
            return page == 65001 ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding(page);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
