namespace KvmOperator.Api;

/// <summary>Reasons of conditions and events that several kinds have.</summary>
public static class CommonReasons
{
    /// <summary>The spec passed every check.</summary>
    public const string SpecAccepted = "SpecAccepted";

    /// <summary>The spec contradicts itself or names something impossible; the message lists everything that is wrong.</summary>
    public const string SpecRefused = "SpecRefused";

    /// <summary>It was not looked at yet.</summary>
    public const string NotYetKnown = "NotYetKnown";

    /// <summary>It is as it should be.</summary>
    public const string AsExpected = "AsExpected";

    /// <summary>It is being brought in line.</summary>
    public const string InProgress = "InProgress";

    /// <summary>A step failed; the message says what to do.</summary>
    public const string StepFailed = "StepFailed";

    /// <summary>Something that this object needs is not there yet.</summary>
    public const string DependencyNotReady = "DependencyNotReady";

    /// <summary>The object asks not to do this.</summary>
    public const string Unmanaged = "Unmanaged";

    /// <summary>An annotation asks that nothing be touched for this object.</summary>
    public const string Paused = "Paused";
}
