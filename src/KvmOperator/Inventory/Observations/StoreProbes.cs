using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;

namespace KvmOperator.Inventory.Observations;

/// <summary>Says what a look tells of a host's stores. Pure.</summary>
internal static class StoreProbes
{
    /// <summary>Stores that are mounted and do not answer. Nothing on the host mends that, and whoever touches them hangs.</summary>
    public static IReadOnlyList<StoreProbe> Hung(HostObservation seen) => [.. seen.Stores.Where(probe => probe is { Answers: false, Reason: not StoreProbe.NotMounted })];

    /// <summary>Whether a store is not mounted: the preparation mends that.</summary>
    public static bool AnyMissing(HostObservation seen) => seen.Stores.Any(probe => probe is { Answers: false, Reason: StoreProbe.NotMounted });

    /// <summary>The plan for a host whose hung stores are left as they are: they must not hold up the mounts of the others.</summary>
    public static HostPlan Without(HostPlan plan, IReadOnlyList<StoreProbe> hung)
    {
        var paths = hung.Select(probe => probe.MountPath).ToHashSet(StringComparer.Ordinal);
        return paths.Count == 0
            ? plan
            : plan with { Stores = [.. plan.Stores.Where(store => !paths.Contains(store.MountPath))], KeptMountPaths = [.. plan.KeptMountPaths, .. paths.Order(StringComparer.Ordinal)] };
    }

    /// <summary>Whether a store began or ceased to answer between two looks.</summary>
    public static bool Differ(HostObservation before, HostObservation now) => !Answering(before).SetEquals(Answering(now));

    private static HashSet<string> Answering(HostObservation seen) => seen.Stores.Where(probe => probe.Answers).Select(probe => probe.MountPath).ToHashSet(StringComparer.Ordinal);
}
