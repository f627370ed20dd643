namespace KvmOperator.Hosts;

/// <summary>Writes lists of names for people. A pool has any number of hosts, and what is said of each of them must not grow with it: nobody reads it, and it is written down once a host.</summary>
public static class NameList
{
    /// <summary>So many names are told.</summary>
    public const int Most = 10;

    /// <summary>The names, or the first of them and how many more there are.</summary>
    /// <param name="names">The names, or a few words on each.</param>
    /// <param name="separator">What stands between them.</param>
    public static string Of(IReadOnlyCollection<string> names, string separator = ", ")
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Count <= Most + 1 ? string.Join(separator, names) : $"{string.Join(separator, names.Take(Most))} and {names.Count - Most} more";
    }
}
