namespace KvmOperator.Hosts.Ssh;

/// <summary>Guards values that go into lines of configuration files, which know no quoting: one word each, so that no value can end its line and begin another.</summary>
internal static class PlainWord
{
    /// <summary>Quotes and separators; and <c>* ? !</c>, which stand for other names in exports and in SSH's files, and <c>%</c>, which systemd replaces.</summary>
    private const string Special = "\"'\\#()[]{}$`,;=*?!%";

    /// <summary>The value itself.</summary>
    /// <exception cref="ArgumentException">It is empty or has white space, control characters, or characters with a meaning of their own.</exception>
    public static string Require(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Length > 0 && value.All(character => character > ' ' && character < '\u007f' && !Special.Contains(character, StringComparison.Ordinal))
            ? value
            : throw new ArgumentException($"\"{value}\" cannot stand in a configuration file: only one plain word can.", nameof(value));
    }
}
