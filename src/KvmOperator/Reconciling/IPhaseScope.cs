namespace KvmOperator.Reconciling;

/// <summary>One pass over an object, as it looks to who carries outcomes out.</summary>
/// <typeparam name="TPhase">The phases of the kind.</typeparam>
internal interface IPhaseScope<TPhase>
    where TPhase : struct, Enum
{
    /// <summary>Takes an outcome into the status, in memory.</summary>
    /// <returns>When the next pass is due; null when the object is over.</returns>
    /// <exception cref="InvalidOperationException">The phase may not follow: a mistake of the handler.</exception>
    TimeSpan? Take(Outcome<TPhase> outcome);

    /// <summary>Writes the status down, if it changed.</summary>
    /// <exception cref="InvalidOperationException">Somebody else has brought the object further: this pass is about what was before.</exception>
    Task WriteAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="WriteAsync"/>, for figures that move all the time: now and then.</summary>
    Task WriteProgressAsync(CancellationToken cancellationToken);

    /// <summary>Tells people, and the log, of an outcome that is written down.</summary>
    void Tell(Outcome<TPhase> outcome);
}
