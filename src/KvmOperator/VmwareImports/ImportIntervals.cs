namespace KvmOperator.VmwareImports;

/// <summary>After which time an import is looked at again.</summary>
internal static class ImportIntervals
{
    /// <summary>The next step begins.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    /// <summary>A disk is converted. Most of the time between two looks is spent on the host, which notices the end at once.</summary>
    public static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(500);

    /// <summary>Progress is written no more often than this.</summary>
    public static readonly TimeSpan Progress = TimeSpan.FromSeconds(3);

    /// <summary>A host did not answer, or something is waited for that goes on by itself.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    /// <summary>A person has to do something: the source is read again.</summary>
    public static readonly TimeSpan Person = TimeSpan.FromMinutes(1);
}
