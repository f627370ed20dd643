using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Drain;

/// <summary>Everything that decides how a drain goes on.</summary>
/// <param name="Host">The host that is being drained.</param>
/// <param name="Guests">The guests that should leave it.</param>
/// <param name="Others">All other hosts, with what is there, on its way there, and going to be on its way there by moves that have not begun.</param>
/// <param name="MostAtOnce">How many moves may be out of the host at once (<see cref="Migrations.MigrationLimits.OutOfHost"/>).</param>
/// <param name="Now">The time.</param>
public sealed record DrainView(string Host, IReadOnlyCollection<DrainGuest> Guests, IReadOnlyCollection<PlacementHost> Others, int MostAtOnce, DateTimeOffset Now);
