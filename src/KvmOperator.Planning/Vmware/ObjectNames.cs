using System.Text;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Makes a name that Kubernetes takes of one that a person gave in VMware.</summary>
public static class ObjectNames
{
    private const int Longest = 63;

    /// <summary>A name of small letters, digits and hyphens, null when nothing usable is left: a template's name says nothing.</summary>
    public static string? Of(string name)
    {
        if (name.Contains("{{", StringComparison.Ordinal) || name.Contains("}}", StringComparison.Ordinal))
        {
            return null;
        }

        var result = new StringBuilder(Longest);
        foreach (var one in NameFolding.Decompose(name))
        {
            if (char.IsAsciiLetterOrDigit(one))
            {
                _ = result.Append(char.ToLowerInvariant(one));
            }
            else if (one is >= '\u0300' and <= '\u036f')
            {
                // The accent of the letter before it.
                continue;
            }
            else if (result.Length > 0 && result[^1] != '-')
            {
                _ = result.Append('-');
            }

            if (result.Length == Longest)
            {
                break;
            }
        }

        var text = result.ToString().TrimEnd('-');
        return text.Length == 0 ? null : text;
    }
}
