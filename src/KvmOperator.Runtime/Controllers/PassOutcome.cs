namespace KvmOperator.Runtime.Controllers;

/// <summary>How a pass over an object ended.</summary>
internal abstract record PassOutcome
{
    private PassOutcome()
    {
    }

    /// <summary>All is well until something changes.</summary>
    public static PassOutcome Done { get; } = new Succeeded(null);

    /// <summary>All is well.</summary>
    /// <param name="After">When to look again though nothing changes.</param>
    internal sealed record Succeeded(TimeSpan? After) : PassOutcome;

    /// <summary>To be tried again.</summary>
    /// <param name="Message">Why.</param>
    /// <param name="Error">The exception behind it.</param>
    /// <param name="After">When, if not by the usual back-off.</param>
    internal sealed record Failed(string Message, Exception? Error, TimeSpan? After) : PassOutcome
    {
        /// <summary>Whether the exception ended the pass; else the controller came to an end and says so.</summary>
        public bool IsThrown { get; init; }
    }

    /// <summary>Its time was up: the next pass goes on where it was.</summary>
    internal sealed record CutOff : PassOutcome;

    /// <summary>The process ends, or leads no more: whoever works next begins with everything.</summary>
    internal sealed record Aborted : PassOutcome;
}
