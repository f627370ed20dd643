using System.Globalization;
using System.Text;

namespace KvmOperator.Hosts.Beat;

/// <summary>Mount paths as one word, as the kernel writes them into <c>/proc/self/mounts</c>: white space and the backslash are a backslash and three octal digits (<c>show_vfsmnt</c>). Pure.</summary>
internal static class MountPathText
{
    /// <summary>The path as one word.</summary>
    public static string Encode(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var character in path)
        {
            if (character is ' ' or '\t' or '\n' or '\\')
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

    /// <summary>The path of a word. What is no escape stays what it is.</summary>
    public static string Decode(ReadOnlySpan<char> word)
    {
        if (!word.Contains('\\'))
        {
            return word.ToString();
        }

        var text = new StringBuilder(word.Length);
        for (var index = 0; index < word.Length; index++)
        {
            if (word[index] == '\\' && index + 3 < word.Length && IsOctal(word.Slice(index + 1, 3), out var character))
            {
                text.Append(character);
                index += 3;
            }
            else
            {
                text.Append(word[index]);
            }
        }

        return text.ToString();
    }

    private static bool IsOctal(ReadOnlySpan<char> digits, out char character)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            value = (value * 8) + CharUnicodeInfo.GetDecimalDigitValue(digit);
        }

        character = (char)value;
        return digits.IndexOfAnyExceptInRange('0', '7') < 0 && value < 128;
    }
}
