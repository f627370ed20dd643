namespace KvmOperator.Planning.Failover;

/// <summary>
/// How long and how often things may take between the first missed beat of a host and its return. The bounds that <see cref="Problems"/> holds come from what networks and NFS do by themselves, not from taste:
/// each says so. All times are of a monotonic clock.
/// </summary>
public sealed record FailoverBudgets
{
    /// <summary>TCP repeats a lost segment after 0.2 s and then after twice as long each time: what a cut of three seconds delayed is there after 6.2 s. Sooner, a host that is well looks dead.</summary>
    public static readonly TimeSpan LeastFailure = TimeSpan.FromSeconds(7);

    /// <summary>From the power cut to the start elsewhere in 20 s, for hosts whose networks do not fail together for ten seconds.</summary>
    public static FailoverBudgets Default { get; } = new();

    /// <summary>For pools with one network, one switch, or ports that listen half a minute before they carry anything (spanning tree without portfast).</summary>
    public static FailoverBudgets Patient { get; } = new()
    {
        PreSuspected = TimeSpan.FromSeconds(5),
        Suspected = TimeSpan.FromSeconds(20),
        Failed = TimeSpan.FromSeconds(45),
        IsolatedPatience = TimeSpan.FromSeconds(45),
        ControlWindow = TimeSpan.FromSeconds(5),
        Blind = TimeSpan.FromSeconds(60),
        LeaseSilence = TimeSpan.FromSeconds(40),
        PowerOff = TimeSpan.FromSeconds(30),
        StartsAtOnce = 2,
        StorageLost = TimeSpan.FromMinutes(5),
    };

    /// <summary>Silence after which others are asked. Nothing is written yet.</summary>
    public TimeSpan PreSuspected { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Silence on all paths after which people are told.</summary>
    public TimeSpan Suspected { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Silence on all paths after which the host has failed.</summary>
    public TimeSpan Failed { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence that is enough when the management controller says that the machine is off.</summary>
    public TimeSpan FailedWhenOff { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Silence that is needed when the management controller says that the machine is on: it may be isolated.</summary>
    public TimeSpan IsolatedPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often each vantage must have tried in vain, one time after the other.</summary>
    public int FailedProbes { get; init; } = 5;

    /// <summary>How old the answers of those may be that show that the operator's own network works.</summary>
    public TimeSpan ControlWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an operator must have watched without a break before it convicts: after its start, and after it was late itself.</summary>
    public TimeSpan Blind { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How late the operator's own timers may be.</summary>
    public TimeSpan Lag { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The age from which a lease is a sign of death, if another client's is fresh.</summary>
    public TimeSpan LeaseSilence { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How fresh another client's lease must be for an old one to mean anything.</summary>
    public TimeSpan LeaseControl { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How old the management controller's word may be.</summary>
    public TimeSpan PowerFresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The window of the storm guard.</summary>
    public TimeSpan StormWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The least time between two fences of a pool.</summary>
    public TimeSpan StormSpacing { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The share of a pool's hosts, as its divisor, that may be fenced in one window; one may always be.</summary>
    public int StormDivisor { get; init; } = 4;

    /// <summary>How long one try of a storage fence may take: the kernel's <c>expire</c> returns when the last request of the client has ended.</summary>
    public TimeSpan StorageFence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a power fence may take with its confirmation.</summary>
    public TimeSpan PowerOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second try of a method; it grows up to <see cref="LongestRetry"/>, and there is no last one.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How old a proof may be when a guest is started on it.</summary>
    public TimeSpan ProofFresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a fence is compared while it stands.</summary>
    public TimeSpan ProofInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Guests that are being started on one host.</summary>
    public int StartsAtOnce { get; init; } = 4;

    /// <summary>How long a host that answers may have lost a store that others have.</summary>
    public TimeSpan StorageLost { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a host that came back must be well before it takes guests.</summary>
    public TimeSpan Stable { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many failures in <see cref="FlapWindow"/> put a host in quarantine.</summary>
    public int Flaps { get; init; } = 3;

    /// <summary>In which failures are counted.</summary>
    public TimeSpan FlapWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a quarantine lasts.</summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromHours(2);

    /// <summary>The wait after so many tries in vain: 2, 5, 10, 20, 40, 60, 60 … seconds with the defaults.</summary>
    public TimeSpan RetryAfter(int tries) => tries switch
    {
        <= 0 => TimeSpan.Zero,
        1 => FirstRetry,
        _ => TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, (long)(FirstRetry.Ticks * 2.5 * Math.Pow(2, Math.Min(tries, 32) - 2)))),
    };

    /// <summary>How many hosts of a pool may be fenced in one <see cref="StormWindow"/>.</summary>
    public int StormLimit(int hosts) => Math.Max(1, hosts / StormDivisor);

    /// <summary>What is wrong with these budgets, a sentence each that says what to write instead; empty when they hold.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Require(PreSuspected > TimeSpan.FromSeconds(1), "preSuspected must be more than the second between two beats");
        Require(PreSuspected < Suspected && Suspected < Failed, "preSuspected, suspected and failed must grow in this order");
        Require(Failed >= LeastFailure, "failed must be at least 7 s: TCP itself delays what a short cut lost by 6.2 s");
        Require(IsolatedPatience >= Failed, "isolatedPatience must not be less than failed");
        Require(ControlWindow <= PreSuspected, "controlWindow must be at most preSuspected: a host that is silent itself proves nothing");
        Require(LeaseSilence > LeaseControl && LeaseSilence <= Failed, "leaseSilence must be more than leaseControl and at most failed");
        Require(Blind >= Failed, "blind must be at least failed: a new operator has not seen the silence begin");
        Require(Lag < PreSuspected, "lag must be less than preSuspected");
        Require(FailedProbes >= 1 && TimeSpan.FromSeconds(FailedProbes) <= Failed - PreSuspected, "failedProbes must be at least 1, and so few that there is time for them between preSuspected and failed");
        Require(StormDivisor >= 2, "stormDivisor must be at least 2: most of a pool is never fenced at once");
        Require(StartsAtOnce >= 1, "startsAtOnce must be at least 1");
        Require(ProofFresh < ProofInterval, "proofFresh must be less than proofInterval");
        Require(FirstRetry > TimeSpan.Zero && FirstRetry <= LongestRetry, "firstRetry must be more than nothing and at most longestRetry");
        Require(Flaps >= 2, "flaps must be at least 2: one failure is no flapping");
        return problems;

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                problems.Add(otherwise);
            }
        }
    }
}
