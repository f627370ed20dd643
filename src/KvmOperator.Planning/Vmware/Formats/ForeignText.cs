using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A foreign file's text, and how it was read.</summary>
/// <param name="Text">The text, without a byte order mark.</param>
/// <param name="Encoding">The encoding it was read with.</param>
/// <param name="Declared">The encoding's name in the file, if it has one.</param>
/// <param name="Doubt">What people should know about how it was read, as a sentence; null when there is nothing.</param>
public sealed record ForeignText(string Text, Encoding Encoding, string? Declared, string? Doubt)
{
    /// <summary>Reads a text file. The encoding is what a byte order mark says, else what the file names, else UTF-8 when it is valid, else windows-1252.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="encodingKeys">The keys, in small letters, of which one names the encoding, the most important first.</param>
    /// <exception cref="VmwareFormatException">It is no text.</exception>
    public static ForeignText Read(ReadOnlySpan<byte> bytes, params ReadOnlySpan<string> encodingKeys)
    {
        if (bytes.StartsWith<byte>([0xff, 0xfe]) || bytes.StartsWith<byte>([0xfe, 0xff]))
        {
            var wide = bytes[0] == 0xff ? Encoding.Unicode : Encoding.BigEndianUnicode;
            var text = wide.GetString(bytes[2..]);
            return text.Contains('\0', StringComparison.Ordinal) ? throw NotText() : new ForeignText(text, Encoding.UTF8, wide.WebName, $"The file is {wide.WebName}.");
        }

        var hasMark = bytes.StartsWith<byte>([0xef, 0xbb, 0xbf]);
        var content = hasMark ? bytes[3..] : bytes;
        if (content.Contains((byte)0))
        {
            throw NotText();
        }

        var declared = Declaration(content, encodingKeys);
        var found = hasMark ? Encoding.UTF8 : ForeignEncoding.Find(declared);
        if (found is not null)
        {
            return new ForeignText(
                found.GetString(content),
                found,
                declared,
                ForeignEncoding.IsValid(found, content) ? null : $"The file says {declared ?? "UTF-8"}, and has bytes that are not: they are shown as \ufffd.");
        }

        var isUtf8 = ForeignEncoding.IsValid(Encoding.UTF8, content);
        var guessed = isUtf8 ? Encoding.UTF8 : ForeignEncoding.Windows1252;
        return new ForeignText(guessed.GetString(content), guessed, declared, (declared, isUtf8) switch
        {
            ({ Length: > 0 }, _) => $"The encoding {Shown.Of(declared)} is not known: the file was read as {guessed.WebName}.",
            (_, false) => $"The file names no encoding and is not UTF-8: it was read as {guessed.WebName}.",
            _ => null,
        });
    }

    /// <summary>Its lines, each without its end. Both CR LF and LF end a line, and so do they in one file.</summary>
    public IEnumerable<string> Lines()
    {
        for (var start = 0; start < Text.Length;)
        {
            var end = Text.IndexOf('\n', start);
            end = end < 0 ? Text.Length : end;
            var length = Math.Min(end - start, FormatLimits.LineLength);
            yield return Text.Substring(start, length).TrimEnd('\r');
            start = end + 1;
        }
    }

    private static VmwareFormatException NotText() => new(ConcernId.NotText, "it is no text file");

    /// <summary>Keys and names of encodings are ASCII in every encoding that VMware writes, so they are found before anything is decoded.</summary>
    private static string? Declaration(ReadOnlySpan<byte> content, ReadOnlySpan<string> keys)
    {
        string? best = null;
        var bestRank = int.MaxValue;
        foreach (var range in content.Split((byte)'\n'))
        {
            var line = content[range];
            if (line.Length > 256)
            {
                line = line[..256];
            }

            var separator = line.IndexOf((byte)'=');
            if (separator <= 0)
            {
                continue;
            }

            var key = Encoding.ASCII.GetString(line[..separator]).Trim().ToLowerInvariant();
            var rank = keys.IndexOf(key);
            if (rank < 0 || rank >= bestRank)
            {
                continue;
            }

            var value = Encoding.ASCII.GetString(line[(separator + 1)..]).Trim();
            var end = value.StartsWith('"') ? value.IndexOf('"', 1) : value.IndexOfAny([' ', '\t', '#']);
            value = (end < 0 ? value : value[..end]).Trim('"', ' ', '\t');
            (best, bestRank) = (value, rank);
        }

        return best is { Length: > 0 } ? best : null;
    }
}
