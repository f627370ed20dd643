namespace KvmOperator.Planning.Migrations;

/// <summary>A move that is not over, and what it needs.</summary>
/// <param name="Uid">Tells it from every other one, also from a namesake that was there before.</param>
/// <param name="Namespace">Its namespace, which is its guest's.</param>
/// <param name="Name">Its name.</param>
/// <param name="Guest">The name of its guest.</param>
/// <param name="Standing">How far it is.</param>
public sealed record MigrationClaim(string Uid, string Namespace, string Name, string Guest, MigrationStanding Standing)
{
    /// <summary>When it was created; null when that is not known.</summary>
    public DateTime? Created { get; init; }

    /// <summary>Where its guest is; null while that is not known.</summary>
    public string? Source { get; init; }

    /// <summary>Where it goes; null while any host of the pool will do.</summary>
    public string? Target { get; init; }

    /// <summary>The guest's pool; null when there is no such guest.</summary>
    public string? Pool { get; init; }

    /// <summary>Its name in the whole cluster.</summary>
    public string FullName => $"{Namespace}/{Name}";
}
