namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// Remembers why the last attempt to connect failed, and when the next one may be made. Until then callers get the same error again, and the host hears nothing.
/// Not safe for concurrent use.
/// </summary>
internal sealed class ConnectionBackOff(TimeProvider timeProvider)
{
    /// <summary>An unreachable host is tried often: its return matters, and an attempt costs little.</summary>
    private static readonly TimeSpan FirstUnreachableDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestUnreachableDelay = TimeSpan.FromSeconds(10);

    /// <summary>Refused credentials are tried seldom: servers lock accounts and ban addresses. But a person who lets the key in on the machine waits for the next try.</summary>
    public static readonly TimeSpan LongestRefusedDelay = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan FirstRefusedDelay = TimeSpan.FromSeconds(30);

    /// <summary>A machine with an untrusted key is sent nothing that it could count, so it is asked again about as often as one that is away.</summary>
    public static readonly TimeSpan LongestUntrustedDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstUntrustedDelay = TimeSpan.FromSeconds(10);

    private Func<HostException>? failure;
    private DateTimeOffset nextAttempt;
    private int refusals;
    private int distrusts;
    private int unreachable;

    /// <summary>Throws the last failure when it is too early for another attempt.</summary>
    public void ThrowIfTooEarly()
    {
        if (failure is not null && timeProvider.GetUtcNow() < nextAttempt)
        {
            throw failure();
        }
    }

    /// <summary>The host could not be reached.</summary>
    public HostException Unreachable(Func<HostException> create)
    {
        nextAttempt = timeProvider.GetUtcNow() + Delay(FirstUnreachableDelay, LongestUnreachableDelay, unreachable++);
        return Remember(create);
    }

    /// <summary>The host showed a key that is not trusted, and was sent nothing.</summary>
    public HostException Untrusted(Func<HostException> create)
    {
        nextAttempt = timeProvider.GetUtcNow() + Delay(FirstUntrustedDelay, LongestUntrustedDelay, distrusts++);
        return Remember(create);
    }

    /// <summary>The host refused the credentials: trying them again soon is pointless.</summary>
    public HostException Refused(Func<DateTimeOffset, HostException> create)
    {
        var until = timeProvider.GetUtcNow() + Delay(FirstRefusedDelay, LongestRefusedDelay, refusals++);
        nextAttempt = until;
        return Remember(() => create(until));
    }

    /// <summary>A connection was made: the past is forgotten.</summary>
    public void Reset()
    {
        failure = null;
        refusals = 0;
        distrusts = 0;
        unreachable = 0;
    }

    private static TimeSpan Delay(TimeSpan first, TimeSpan longest, int earlierFailures)
    {
        var delay = first * Math.Pow(2, Math.Min(earlierFailures, 16));
        return delay < longest ? delay : longest;
    }

    private HostException Remember(Func<HostException> create)
    {
        failure = create;
        return create();
    }
}
