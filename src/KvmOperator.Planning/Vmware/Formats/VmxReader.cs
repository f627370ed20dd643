using System.Globalization;
using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>
/// Reads a .vmx as it is found in the wild: any blanks around <c>=</c>, values with and without quotes, comments behind them, CR LF and LF, <c>|XX</c> for a byte. A line that cannot be read is noted,
/// and the others count. See virt-v2v's input/VMX.ml and libvirt's src/vmx for what others make of the same files.
/// </summary>
public static class VmxReader
{
    /// <summary>Reads a whole file.</summary>
    /// <exception cref="VmwareFormatException">It is no text, too large, or has too many keys.</exception>
    public static VmxFile Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > FormatLimits.VmxBytes)
        {
            throw new VmwareFormatException(ConcernId.NotText, $"it is larger than {FormatLimits.VmxBytes >> 20} MiB");
        }

        var text = ForeignText.Read(bytes, ".encoding");
        var lines = new LineReader(text.Encoding);
        foreach (var line in text.Lines())
        {
            lines.Take(line);
        }

        return lines.Finish(text);
    }

    private sealed class LineReader(Encoding encoding)
    {
        private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
        private readonly Dictionary<string, List<string>> _repeated = new(StringComparer.Ordinal);
        private readonly List<VmxNote> _notes = [];
        private int _number;
        private int _unparsable;
        private int _repetitions;

        public void Take(string line)
        {
            _number++;
            var trimmed = line.AsSpan().Trim();
            if (trimmed.IsEmpty || trimmed[0] == '#')
            {
                return;
            }

            var separator = trimmed.IndexOf('=');
            var key = separator > 0 ? trimmed[..separator].TrimEnd() : default;
            if (key.IsEmpty || !IsKey(key))
            {
                Unparsable(trimmed);
                return;
            }

            if (line.Length >= FormatLimits.LineLength)
            {
                Note(NoteKind.Repaired, $"is longer than {FormatLimits.LineLength >> 10} KiB, and was cut");
            }

            Add(key.ToString().ToLowerInvariant(), Unescape(Value(trimmed[(separator + 1)..].Trim())));
        }

        public VmxFile Finish(ForeignText text) =>
            new(_values, _notes, _unparsable, [.. _repeated.Select(pair => new VmxDuplicate(pair.Key, pair.Value))], text.Encoding, text.Doubt);

        private static bool IsKey(ReadOnlySpan<char> key)
        {
            foreach (var one in key)
            {
                if (char.IsWhiteSpace(one) || char.IsControl(one) || one is '"' or '\'' or '{' or '}' or '\ufffd')
                {
                    return false;
                }
            }

            return key.Length <= 256;
        }

        private string Value(ReadOnlySpan<char> value)
        {
            if (value.IsEmpty || value[0] != '"')
            {
                var comment = value.IndexOf('#');
                Note(NoteKind.Unusual, "has a value without quotes");
                return (comment < 0 ? value : value[..comment]).TrimEnd().ToString();
            }

            var content = value[1..];
            var end = content.IndexOf('"');
            if (end < 0)
            {
                Note(NoteKind.Repaired, "has no closing quote");
                return content.ToString();
            }

            var rest = content[(end + 1)..].Trim();
            if (rest.IsEmpty)
            {
                return content[..end].ToString();
            }

            if (rest[0] == '#')
            {
                Note(NoteKind.Unusual, "has a comment behind its value");
                return content[..end].ToString();
            }

            // A quote within a value should be |22; somebody who wrote the file by hand meant the last one.
            Note(NoteKind.Repaired, "has quotes within its value");
            return content[..(rest[^1] == '"' ? content.LastIndexOf('"') : end)].ToString();
        }

        private string Unescape(string value)
        {
            if (!value.Contains('|', StringComparison.Ordinal))
            {
                return value;
            }

            var result = new StringBuilder(value.Length);
            var bytes = new List<byte>();
            for (var index = 0; index < value.Length; index++)
            {
                if (value[index] == '|' && index + 2 < value.Length && byte.TryParse(value.AsSpan(index + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var one))
                {
                    bytes.Add(one);
                    index += 2;
                    continue;
                }

                Flush();
                _ = result.Append(value[index]);
            }

            Flush();
            return result.ToString();

            void Flush()
            {
                if (bytes.Count > 0)
                {
                    _ = result.Append(encoding.GetString([.. bytes]));
                    bytes.Clear();
                }
            }
        }

        private void Add(string key, string value)
        {
            if (_values.TryGetValue(key, out var earlier))
            {
                if (!_repeated.TryGetValue(key, out var values))
                {
                    _repeated[key] = values = [earlier];
                }

                if (values.Count < FormatLimits.Notes)
                {
                    values.Add(value);
                }
                else
                {
                    values[^1] = value;
                }

                _repetitions++;
            }

            _values[key] = value;
            if (_values.Count + _repetitions > FormatLimits.Entries)
            {
                throw new VmwareFormatException(ConcernId.NotText, $"it has more than {FormatLimits.Entries} keys");
            }
        }

        private void Unparsable(ReadOnlySpan<char> line)
        {
            _unparsable++;
            if (_notes.Count < FormatLimits.Notes)
            {
                Note(NoteKind.Unparsable, $"cannot be read: {Shown.Of((line.Length > 60 ? line[..60] : line).ToString())}");
            }
        }

        private void Note(NoteKind kind, string text)
        {
            if (_notes.Count < FormatLimits.Notes)
            {
                _notes.Add(new VmxNote(_number, kind, text));
            }
        }
    }
}
