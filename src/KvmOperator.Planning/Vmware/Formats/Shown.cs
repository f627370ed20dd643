using System.Globalization;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Foreign text as people are shown it: one line, no control characters, not endless.</summary>
public static class Shown
{
    private const int Length = 200;

    /// <summary>A foreign text in a message.</summary>
    public static string Of(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "''";
        }

        var cut = text.Length > Length ? text[..(char.IsHighSurrogate(text[Length - 1]) ? Length - 1 : Length)] + "…" : text;
        return "'" + string.Concat(cut.Select(one => IsPlain(one) ? one : '\ufffd')) + "'";
    }

    /// <summary>A list in a message, not endless.</summary>
    public static string List(IEnumerable<string> texts, int most = 8)
    {
        var all = texts.ToList();
        return string.Join(", ", all.Take(most).Select(Of)) + (all.Count > most ? $" and {all.Count - most} more" : string.Empty);
    }

    /// <summary>A whole text as one line without control characters, of a length that a status can hold.</summary>
    public static string Line(string text, int longest = 2000)
    {
        var cut = text.Length > longest ? text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "…" : text;
        return cut.All(IsPlain) ? cut : string.Concat(cut.Select(one => IsPlain(one) ? one : '\ufffd'));
    }

    private static bool IsPlain(char one) =>
        !char.IsControl(one) && char.GetUnicodeCategory(one) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
