using KvmOperator.Planning.Placement;

namespace KvmOperator.UnitTests.Planning;

/// <summary>Hosts and guests for tests of what is decided about places.</summary>
internal static class GivenPlaces
{
    private const long GibiByte = 1L << 30;

    private static readonly HashSet<string> None = new(StringComparer.Ordinal);

    public static PlacementHost Host(string name, int gigabytes, int cpus = 64) => new(name, "default", null, cpus, gigabytes * GibiByte, 0, 0, None, None);

    public static PlacementGuest Needs(int gigabytes, int cpus = 1, string? group = null) =>
        new("default", null, cpus, gigabytes * GibiByte, None, group is null ? None : new HashSet<string>(StringComparer.Ordinal) { group });

    public static GroupGuest Guest(string name, int gigabytes, int cpus = 1, string? group = null) => new(name, Needs(gigabytes, cpus, group));
}
