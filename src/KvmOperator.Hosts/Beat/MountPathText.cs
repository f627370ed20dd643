using System.Globalization;
using System.Text;

namespace KvmOperator.Hosts.Beat;

/// <summary>Mount paths as the kernel writes them into <c>/proc/mounts</c> (proc_mounts in getmntent(3)): space, tab, line end, backslash and <c>#</c> are <c>\</c> and three octal digits. Pure.</summary>
internal static class MountPathText
{
    /// <summary>The path as one word.</summary>
    public static string Encode(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var character in path)
        {
            if (character is ' ' or '\t' or '\n' or '\\' or '#')
            {
                text.Append('\\').Append(Convert.ToString(character, 8).PadLeft(3, '0'));
            }
            else
            {
                text.Append(character);
            }
        }

        return text.ToString();
    }

    /// <summary>The path of a word.</summary>
    public static string Decode(string word)
    {
        if (!word.Contains('\\', StringComparison.Ordinal))
        {
            return word;
        }

        var text = new StringBuilder(word.Length);
        for (var index = 0; index < word.Length; index++)
        {
            if (word[index] == '\\' && index + 3 < word.Length && word.AsSpan(index + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)Convert.ToInt32(word.Substring(index + 1, 3), 8));
                index += 3;
            }
            else
            {
                text.Append(word[index]);
            }
        }

        return text.ToString();
    }
}
