namespace KvmOperator.Hosts.Steps;

/// <summary>What a step found, in words that fit a condition. The same finding has the same words.</summary>
/// <param name="Status">Where the step stands.</param>
/// <param name="Message">What is, and when it is not what should be: what differs and what to do.</param>
public sealed record StepState(StepStatus Status, string Message)
{
    /// <summary>True when nothing is to be done.</summary>
    public bool IsReady => Status == StepStatus.Ready;

    /// <summary>True when the step is ready, and something that the message tells takes effect only later: then nothing is mended yet.</summary>
    public bool IsPending { get; init; }

    /// <summary>True when the step is blocked, and something else differs that applying the step mends all the same.</summary>
    public bool HasDrift { get; init; }

    /// <summary>
    /// Reads a check script's output: lines that begin with <c>drift</c>, <c>blocked</c>, <c>later</c> or <c>ready</c>, each followed by a sentence. Without the first two the step is ready.
    /// </summary>
    internal static StepState Parse(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        IEnumerable<string> After(string word) => lines.Where(line => line.StartsWith(word + " ", StringComparison.Ordinal)).Select(line => line[(word.Length + 1)..]);

        if (After("blocked").ToList() is { Count: > 0 } blocked)
        {
            return new StepState(StepStatus.Blocked, string.Join("; ", blocked)) { HasDrift = After("drift").Any() };
        }

        if (After("drift").ToList() is { Count: > 0 } drift)
        {
            return new StepState(StepStatus.Drifted, string.Join("; ", drift));
        }

        var later = After("later").ToList();
        return new StepState(StepStatus.Ready, string.Join("; ", After("ready").Concat(later))) { IsPending = later.Count > 0 };
    }
}
