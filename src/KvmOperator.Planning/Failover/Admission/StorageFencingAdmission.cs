namespace KvmOperator.Planning.Failover.Admission;

/// <summary>
/// Says in advance whether a server could prove that it shut a host out, so that it is no surprise at night (the condition <c>FencingReady</c>). Pure. Each refusal is a way in which a fence was seen to leave a hole.
/// </summary>
public static class StorageFencingAdmission
{
    /// <summary>A short table would be written short, and nobody would be let in any more.</summary>
    private const long LeastFreeBytes = 1 << 20;

    /// <summary>Why a server cannot shut a host out, and what to do, a sentence each; empty when it can.</summary>
    /// <param name="host">The host.</param>
    /// <param name="server">The server.</param>
    /// <param name="others">The other hosts of the pool.</param>
    public static IReadOnlyList<string> Refuse(FencedHostFacts host, StorageServerFacts server, IEnumerable<FencedHostFacts> others)
    {
        if (!server.IsManaged)
        {
            return [$"{server.Name} is not configured by the operator: give the NfsStore spec.server.ssh, or the host a management controller (spec.fencing)"];
        }

        List<string> refusals = [];
        if (server.ListsClients != true)
        {
            refusals.Add($"{server.Name} does not list its NFS clients: it needs the NFS server of Linux 5.3 or later, and that it runs");
        }

        if (server.MountedVersions.Where(version => !version.StartsWith("4.", StringComparison.Ordinal) || version == "4.0").Order(StringComparer.Ordinal).ToList() is { Count: > 0 } old)
        {
            refusals.Add($"a host has a store of {server.Name} mounted by NFS {string.Join(", ", old)}, whose clients the server cannot end: set spec.nfsVersion to 4.2");
        }

        if (server.RemembersClients == false)
        {
            refusals.Add($"nfsdcld does not run on {server.Name}: start it (systemctl enable --now nfsdcld)");
        }

        if (server.ForeignExports.Count > 0)
        {
            refusals.Add($"{server.Name} exports the store, or a folder above or below it, to others too: {string.Join("; ", server.ForeignExports.Order(StringComparer.Ordinal))}. Take them out of /etc/exports and run exportfs -ra");
        }

        if (server.HasParallelAccess)
        {
            refusals.Add($"{server.Name} exports the store with pnfs, by which data goes past the server: take the option out of spec.exportOptions");
        }

        if (server.FreeBytes < LeastFreeBytes)
        {
            refusals.Add($"less than 1 MiB is free on {server.Name} where the export table is kept (/var/lib/nfs, /etc): make room");
        }

        if (host.MachineId is not null && host.MachineId == server.MachineId)
        {
            refusals.Add($"{server.Name} is the same machine as {host.Name}, and needs no export to write: serve the store from another machine");
        }

        if (others.FirstOrDefault(other => other.Name != host.Name && other.Addresses.Intersect(host.Addresses, StringComparer.OrdinalIgnoreCase).Any()) is { } twin)
        {
            refusals.Add($"{host.Name} and {twin.Name} have the same address as seen from {server.Name}, so that one could not be shut out without the other: give each its own");
        }

        if (host.RecoversLostLocks == true)
        {
            refusals.Add($"{host.Name} takes back locks that it lost: set nfs.recover_lost_locks=N");
        }

        return refusals;
    }
}
