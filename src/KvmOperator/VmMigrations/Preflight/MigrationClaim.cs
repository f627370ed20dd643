using KvmOperator.Api.VmMigrations;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>A move and the hosts that it needs.</summary>
/// <param name="Move">The move.</param>
/// <param name="Source">Where its guest is; null while that is not known.</param>
/// <param name="Target">Where it goes; null while any host of the pool will do.</param>
/// <param name="Pool">The guest's pool; null when there is no such guest.</param>
internal sealed record MigrationClaim(VmMigration Move, string? Source, string? Target, string? Pool)
{
    /// <summary>The hosts that are known.</summary>
    public IEnumerable<string> Hosts => new[] { Source, Target }.OfType<string>();
}
