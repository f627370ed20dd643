namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How patient a connection to libvirt is.</summary>
public sealed record LibvirtConnectionOptions
{
    private const int SlowestAnswers = 3;

    /// <summary>After this time without a byte from libvirt it is pinged, and then again and again. libvirtd itself pings after 5 s, so that one that works is never asked.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>So many pings in a row without any byte from libvirt end the connection.</summary>
    public int KeepAliveCount { get; init; } = 4;

    /// <summary>How long a question may take that libvirt answers out of its memory.</summary>
    public TimeSpan Question { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a change may take.</summary>
    public TimeSpan Change { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the start of a guest may take.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long libvirt may take to say good-bye.</summary>
    public TimeSpan Close { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many times longer than usual the host takes for everything at this moment, 1 or more. Asked for every call and every ping: what works is not taken for what hangs.</summary>
    public Func<int> Pace { get; init; } = static () => 1;

    /// <summary>
    /// The same for pings and for what libvirt answers out of its memory. A host is slow by what its processes take to start, and these start none: a libvirt that has stopped must not look like
    /// a slow one for minutes.
    /// </summary>
    internal int PaceOfAnswers => Math.Clamp(Pace(), 1, SlowestAnswers);

    internal TimeSpan Deadline(CallKind kind) => kind switch
    {
        CallKind.Question => PaceOfAnswers * Question,
        CallKind.Change => Math.Max(Pace(), 1) * Change,
        CallKind.Start => Math.Max(Pace(), 1) * Start,
        _ => PaceOfAnswers * Close,
    };
}
