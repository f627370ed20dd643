using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Steps;

/// <summary>Brings the operator's own rules of a running firewalld in line with who is wanted; part of other scripts.</summary>
internal static class FirewalldRules
{
    /// <summary>Marks what lets the peers reach SSH and the migration ports. What lets the hosts of a store reach the NFS server has the next number (<c>Nfs/nfs-server.sh</c>).</summary>
    public const string Peers = "14915";

    /// <summary>
    /// <c>firewalld_changes MARK WHAT ADDRESS…</c> prints one line for each rule that is missing or too many: <c>permanent|running ZONE add|remove RULE</c>.
    /// <c>WHAT</c> has one element of a rule a line. <c>firewalld_apply CHANGES</c> carries such lines out.
    /// What firewalld has is asked over D-Bus (https://firewalld.org/documentation/man-pages/firewalld.dbus.html): a call costs a tenth of a firewall-cmd, which starts Python. Asked are the zones that let
    /// anybody in (those with interfaces or sources, and the default one) and those whose stored file has the mark; a running rule in a zone that is not in use lets nobody in.
    /// Our own rules are told from a person's of the same content by their priority, the mark, that nobody else has a reason to choose (positive: what a person rejects stays
    /// rejected). A person's rule lets an address in as well as ours, and is never removed.
    /// </summary>
    public static string Functions { get; } = HostScripts.Read("Steps/firewalld.sh");
}
