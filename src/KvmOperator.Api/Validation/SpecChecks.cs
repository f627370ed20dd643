using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;
using KvmOperator.Api.KvmHosts;
using k8s.Models;

namespace KvmOperator.Api.Validation;

/// <summary>
/// Collects everything that is wrong with a spec. The same limits stand in the schema; they are checked again because an old server, or one whose
/// definitions are of another version, lets more through, and most of these texts reach a machine.
/// </summary>
internal sealed class SpecChecks
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private static readonly TimeSpan MatchDeadline = TimeSpan.FromSeconds(1);

    /// <summary>The patterns of all kinds, each of them built once: the framework keeps only the last fifteen, and every object is checked at every pass.</summary>
    private static readonly FrozenDictionary<string, Lazy<Regex>> Known = typeof(Patterns).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral)
        .Select(field => (string)field.GetRawConstantValue()!)
        .Append(FenceParameters.Name)
        .Distinct(StringComparer.Ordinal)
        .ToFrozenDictionary(pattern => pattern, pattern => new Lazy<Regex>(() => new Regex(pattern, Options, MatchDeadline)), StringComparer.Ordinal);

    private readonly List<SpecError> errors = [];

    /// <summary>What was found so far, in the order of the checks.</summary>
    public IReadOnlyList<SpecError> Errors => errors;

    /// <summary>Says that something is wrong.</summary>
    public void Refuse(string field, string message) => errors.Add(new SpecError(field, message));

    /// <summary>A text that has to be there.</summary>
    public void Text(string field, string? value, string pattern, int maximumLength, string expected)
    {
        if (string.IsNullOrEmpty(value))
        {
            Refuse(field, $"is missing: write {expected}");
        }
        else
        {
            OptionalText(field, value, pattern, maximumLength, expected);
        }
    }

    /// <summary>A text that may be missing.</summary>
    public void OptionalText(string field, string? value, string pattern, int maximumLength, string expected)
    {
        if (value is null)
        {
            return;
        }

        if (value.Length > maximumLength)
        {
            Refuse(field, $"has {value.Length} characters, at most {maximumLength} are possible");
        }
        else if (!Matches(value, pattern))
        {
            Refuse(field, $"'{Printable(value)}' is not {expected}");
        }
    }

    /// <summary>A list of texts.</summary>
    public void Texts(string field, IReadOnlyList<string>? values, int maximumCount, string pattern, int maximumLength, string expected)
    {
        Count(field, values?.Count ?? 0, 0, maximumCount);
        foreach (var (index, value) in (values ?? []).Take(maximumCount).Index())
        {
            Text($"{field}[{index}]", value, pattern, maximumLength, expected);
        }
    }

    /// <summary>The number of items of a list.</summary>
    public void Count(string field, int count, int minimum, int maximum)
    {
        if (count < minimum || count > maximum)
        {
            Refuse(field, $"has {count} entries, {minimum} to {maximum} are possible");
        }
    }

    /// <summary>A number.</summary>
    public void Range(string field, long value, long minimum, long maximum)
    {
        if (value < minimum || value > maximum)
        {
            Refuse(field, $"is {value}, {minimum} to {maximum} are possible");
        }
    }

    /// <summary>An amount of bytes that has to be there.</summary>
    public void Bytes(string field, ResourceQuantity? value, long minimum, long maximum)
    {
        if (value is null)
        {
            Refuse(field, "is missing: write a quantity, like 2Gi");
        }
        else
        {
            OptionalBytes(field, value, minimum, maximum);
        }
    }

    /// <summary>An amount of bytes that may be missing.</summary>
    public void OptionalBytes(string field, ResourceQuantity? value, long minimum, long maximum)
    {
        if (value is null)
        {
            return;
        }

        if (Quantities.Bytes(value) is not { } bytes)
        {
            Refuse(field, "is not an amount of bytes, or too large for one: write a quantity, like 2Gi");
        }
        else if (bytes < minimum || bytes > maximum)
        {
            Refuse(field, $"is {Printable(value.ToString())}, {Quantities.Words(minimum)} to {Quantities.Words(maximum)} are possible");
        }
    }

    /// <summary>A value of an enumeration.</summary>
    public void Member<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            Refuse(field, $"'{value}' is not one of {string.Join(", ", Enum.GetNames<TEnum>())}");
        }
    }

    /// <summary>Names that have to differ.</summary>
    public void Distinct(string field, IEnumerable<string?> names, string what)
    {
        foreach (var twice in names.OfType<string>().GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Skip(1).Any()))
        {
            Refuse(field, $"'{Printable(twice.Key)}' is named more than once: {what}");
        }
    }

    /// <summary>Whether a text matches as a whole. `$` alone would let a newline at the end through.</summary>
    public static bool Matches(string value, string pattern) =>
        !value.EndsWith('\n') && (Known.TryGetValue(pattern, out var known) ? known.Value.IsMatch(value) : Regex.IsMatch(value, pattern, Options, MatchDeadline));

    /// <summary>A text as it may stand in a message: short, and without characters that move the cursor.</summary>
    public static string Printable(string value)
    {
        const int Longest = 60;
        var visible = string.Concat(value.Take(Longest).Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '�' : character));
        return value.Length > Longest ? visible + "…" : visible;
    }
}
