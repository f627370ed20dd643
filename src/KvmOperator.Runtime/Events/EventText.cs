using System.Text;

namespace KvmOperator.Runtime.Events;

/// <summary>Cuts texts to what the API takes. Pure.</summary>
internal static class EventText
{
    /// <summary>The server counts bytes of UTF-8, not characters.</summary>
    public const int LongestInBytes = 1024;

    private const string Cut = "…";

    /// <summary>The text, or as much of its beginning as fits, with a sign that it was cut. No character is cut apart.</summary>
    public static string Fitting(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= LongestInBytes)
        {
            return text;
        }

        var rest = LongestInBytes - Encoding.UTF8.GetByteCount(Cut);
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            rest -= rune.Utf8SequenceLength;
            if (rest < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, length), Cut);
    }
}
