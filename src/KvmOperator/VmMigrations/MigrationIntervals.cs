namespace KvmOperator.VmMigrations;

/// <summary>After which time a move is looked at again, and for how long its host is listened to.</summary>
internal static class MigrationIntervals
{
    /// <summary>The next phase begins.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    /// <summary>Something is waited for.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    /// <summary>It runs. Most of the time between two looks is spent on the host, which notices the end at once.</summary>
    public static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(200);

    /// <summary>How long the host of a running move is listened to in one look.</summary>
    public static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(1.5);

    /// <summary>The same while it connects: it is seen soon that memory is sent.</summary>
    public static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(0.5);

    /// <summary>Progress is written no more often than this. The write with which a phase begins brings its own, so the one after it may come sooner.</summary>
    public static readonly TimeSpan Progress = TimeSpan.FromSeconds(2);

    /// <summary>A host did not answer, or nothing is known yet.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);
}
