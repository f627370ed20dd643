using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmOperator.ApiTests.Libvirt;

/// <summary>Reads the enumerations of C headers.</summary>
internal static partial class HeaderNumbers
{
    /// <summary>The value of each member that is a number, a shift, another member, or follows one.</summary>
    public static IReadOnlyDictionary<string, long> Read(string headers)
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (Match enumeration in Enumeration.Matches(Noise.Replace(headers, " ")))
        {
            long? next = 0;
            foreach (var member in enumeration.Groups["body"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var words = member.Split('=', StringSplitOptions.TrimEntries);
                next = words.Length == 1 ? next : Evaluate(words[1], numbers);
                if (next is { } number)
                {
                    numbers[words[0]] = number;
                    next++;
                }
            }
        }

        return numbers;
    }

    private static long? Evaluate(string value, Dictionary<string, long> numbers) => Shift.Match(value) is { Success: true } shift
        ? long.Parse(shift.Groups["one"].Value, CultureInfo.InvariantCulture) << int.Parse(shift.Groups["two"].Value, CultureInfo.InvariantCulture)
        : long.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : numbers.TryGetValue(value, out var known) ? known : null;

    [GeneratedRegex(@"/\*.*?\*/|^\s*#.*?$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Noise { get; }

    [GeneratedRegex(@"\benum\s*\{(?<body>[^}]*)\}", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Enumeration { get; }

    [GeneratedRegex(@"^\(?(?<one>\d+)U?\s*<<\s*(?<two>\d+)\)?$", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Shift { get; }
}
