namespace KvmOperator.Hosts.Ssh;

/// <summary>How many threads all hosts together may have beyond the first one of each. Safe for concurrent use.</summary>
internal sealed class ThreadBudget(int limit)
{
    /// <summary>Enough for a cluster at work; and few enough that a whole site that freezes leaves room for everything else.</summary>
    public const int Usual = 256;

    private int taken;

    /// <summary>Takes one, when there is one left.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref taken) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref taken);
        return false;
    }

    /// <summary>Gives one back.</summary>
    public void Return() => Interlocked.Decrement(ref taken);
}
