namespace KvmOperator.VirtualMachines;

/// <summary>After which time a guest is looked at again when nothing wakes it before.</summary>
internal static class GuestIntervals
{
    /// <summary>About what a host adds to the time until all are looked at.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);

    /// <summary>Nothing is expected, and whatever happens to it wakes it: a look at its host, a move, a change of its object. This is the safety net.</summary>
    public static readonly TimeSpan Watch = TimeSpan.FromMinutes(5);

    /// <summary>Something is not clear and may become so without waking it, such as a host that does not answer.</summary>
    public static readonly TimeSpan Unclear = TimeSpan.FromSeconds(10);

    /// <summary>Work is under way.</summary>
    public static readonly TimeSpan Work = TimeSpan.FromSeconds(1);

    /// <summary>Something is waited for.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The hosts of a pool are looked at for the first time, and all its guests wait for that. They wait the longer the more hosts are left: thousands of guests that ask every few seconds
    /// would take the processor that the looks need.
    /// </summary>
    /// <param name="hosts">The hosts that nobody has looked at yet.</param>
    public static TimeSpan UntilFirstLooks(int hosts) => Retry + (hosts * FirstLook);

    /// <summary>A person has to do something.</summary>
    public static readonly TimeSpan Person = TimeSpan.FromSeconds(30);
}
