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

        var cut = text.Length > Length ? text[..Length] + "…" : text;
        return "'" + string.Concat(cut.Select(one => char.IsControl(one) || char.GetUnicodeCategory(one) is System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator or System.Globalization.UnicodeCategory.Surrogate && cut.Length == 1 ? '\ufffd' : one)) + "'";
    }

    /// <summary>A list in a message, not endless.</summary>
    public static string List(IEnumerable<string> texts, int most = 8)
    {
        var all = texts.ToList();
        return string.Join(", ", all.Take(most).Select(Of)) + (all.Count > most ? $" and {all.Count - most} more" : string.Empty);
    }
}
