using k8s.Models;
using KvmOperator.Api.KvmHosts;

namespace KvmOperator.KvmHosts;

/// <summary>Says which KvmHosts are the machines of a pool. Pure.</summary>
internal static class PoolMembers
{
    /// <summary>
    /// Those whose spec can be worked on, by name. One that is being deleted is among them until it is gone: its guests and mounts have to leave first. One that turned
    /// out to be another one's machine is not: nothing is done under its name.
    /// </summary>
    public static IEnumerable<KvmHost> Of(string pool, IEnumerable<KvmHost> hosts) =>
        hosts
            .Where(host => host.Spec.Pool == pool && KvmHostValidator.Validate(host).Count == 0 && !SameMachine.IsRefused(host))
            .OrderBy(host => host.Name(), StringComparer.Ordinal);
}
