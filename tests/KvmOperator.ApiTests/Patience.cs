namespace KvmOperator.ApiTests;

/// <summary>How long the tests wait. A wait is for an end and judges no speed, so a slow machine is waited for longer.</summary>
internal static class Patience
{
    /// <summary>Whoever waits for what takes moments waits three times as long: a machine that is busy is no failure.</summary>
    private const int Generous = 3;

    /// <summary>How long to wait for what comes within some time on a usual machine.</summary>
    public static TimeSpan For(TimeSpan usual) => usual * (Generous * MachinePace.Here);

    /// <summary>A time that is part of what happens, such as the length of a lease, on this machine.</summary>
    public static TimeSpan Scaled(TimeSpan usual) => usual * MachinePace.Here;
}
