using System.Globalization;
using System.Text;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// What a batched script prints: for every section a line with its name, then a line with its output in base64.
/// Whatever a domain's name or description holds, it cannot look like a section.
/// </summary>
internal sealed class SectionedOutput
{
    /// <summary>The shell function that prints a section: <c>section NAME SECONDS COMMAND…</c>. The seconds grow with the host's pace.</summary>
    public static string Function { get; } = HostScripts.Read("Libvirt/section.sh");

    private readonly Dictionary<string, string> sections = new(StringComparer.Ordinal);

    public SectionedOutput(string text)
    {
        var lines = text.Split('\n');
        for (var index = 0; index + 1 < lines.Length; index++)
        {
            if (lines[index].StartsWith("@ ", StringComparison.Ordinal))
            {
                sections[lines[index][2..]] = Decode(lines[++index]);
            }
        }
    }

    /// <summary>The output of a section without surrounding white space; empty when it failed or is missing.</summary>
    public string this[string name] => sections.GetValueOrDefault(name, string.Empty);

    /// <summary>The lines of a section.</summary>
    public IEnumerable<string> Lines(string name) => this[name].Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A whole number; 0 when it is none.</summary>
    public static long Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Trim() : string.Empty;
    }
}
