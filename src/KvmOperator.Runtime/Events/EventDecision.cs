namespace KvmOperator.Runtime.Events;

/// <summary>What is to be done with a notice.</summary>
internal abstract record EventDecision
{
    private EventDecision()
    {
    }

    /// <summary>It is a new event, with this text.</summary>
    internal sealed record Create(EventSeries Series, string Message) : EventDecision;

    /// <summary>It is one more of an event that was written, with this text where the server has forgotten it.</summary>
    internal sealed record Count(EventSeries Series, int Times, string Message) : EventDecision;

    /// <summary>There are too many about this object.</summary>
    internal sealed record Drop : EventDecision;
}
