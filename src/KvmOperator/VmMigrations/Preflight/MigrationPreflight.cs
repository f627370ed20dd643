using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>Says everything that stands in the way of a move, and what to do about each. Pure.</summary>
internal static class MigrationPreflight
{
    /// <summary>What got no answer, so that it is asked again before anything is decided: a move happens once, and is not refused for what nobody knows. null when all is known.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="facts">What was read on both hosts.</param>
    public static string? Unknown(string source, string target, MigrationTargetFacts facts) =>
        facts.CommandIsLate ? $"{source} got no answer from libvirt on {target} within 40 s, or only a broken one"
        : facts.UnknownDisks.Count > 0 ? $"{target} does not say whether it sees the disk {string.Join(", ", facts.UnknownDisks)}: its store does not answer there"
        : null;

    /// <summary>All refusals; none when the move can be tried.</summary>
    /// <param name="spec">What is wanted.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="placement">Why the target does not take the guest; null when it does.</param>
    /// <param name="facts">What was read on both hosts.</param>
    /// <param name="domain">The guest on the source: one that is off needs less.</param>
    public static IReadOnlyList<string> Refusals(VmMigrationSpec spec, string target, string? placement, MigrationTargetFacts facts, DomainObservation domain)
    {
        var refusals = new List<string>();
        void Refuse(bool when, string why)
        {
            if (when)
            {
                refusals.Add(why);
            }
        }

        Refuse(placement is not null, $"{target} does not take it: {placement}");
        Refuse(facts.NameTaken, $"{target} has a domain of that name or UUID already: remove it there (virsh undefine), after a look at what it is");
        Refuse(facts.MissingDisks.Count > 0, $"{target} does not see the disk {string.Join(", ", facts.MissingDisks)}: put it into an NfsStore that is mounted there");
        Refuse(
            facts.HostDisks.Count > 0,
            $"the disk {string.Join(", ", facts.HostDisks)} is a device of the guest's host, and {target} may have somebody else's data under that name: put its content into a file in an NfsStore, or take the disk away, and move the guest then");
        Refuse(
            facts.History.Count > 0,
            $"libvirt on the guest's host keeps what would stay behind ({string.Join(", ", facts.History)}), and moves no running guest that has any: remove it there (virsh snapshot-delete, virsh checkpoint-delete), and move the guest then");
        Refuse(facts.MissingNetworks.Count > 0, $"{target} has no active network or bridge {string.Join(", ", facts.MissingNetworks)}: create it there (virsh net-list, ip link)");
        Refuse(
            facts.MachineRefusal is not null,
            $"{target} cannot run the guest's machine {facts.MachineType}: {facts.MachineRefusal}. A guest keeps the machine of the QEMU that it was made with, and an older QEMU, or another distribution's, does not know it: update QEMU on {target}, or move the guest to a host whose QEMU is as new");
        Refuse(
            facts.MissingFirmware is not null,
            $"{target} has no firmware {facts.MissingFirmware}, which the guest was made with: install it there (Debian's package ovmf, RHEL's edk2-ovmf), or move the guest to a host of the same distribution");
        Refuse(facts.CpuIncompatibility is not null, $"{target} cannot give the guest's processor: {facts.CpuIncompatibility}. A guest keeps the processor that it was made with: delete it with deletionPolicy: Retain and apply it again: it is made anew with its disks and the processor that all hosts of the pool have");
        if (domain.IsActive)
        {
            Refuse(domain.PausedByInputOutputError, "the guest stands still because its disk could not be written: make its store writable, let it go on (virsh resume), and move it then");
            Refuse(domain.PausedByMigration, "the guest stands still since another move: see on both hosts which one is right (virsh domstate --reason), and move it then");
            Refuse(
                facts.HostProcessorsDiffer && !spec.AllowUnsafe,
                $"the guest sees its host's own processor (host-passthrough), and {target} has another one: shut the guest down and move it then, or say spec.allowUnsafe if you know better");
            Refuse(facts.HostDevices, "the guest uses a device of its host, which cannot move: take it away, or shut the guest down and move it then");
            Refuse(
                facts.UnmovableDevices.Count > 0,
                $"the guest has a device that cannot move while it runs ({string.Join(", ", facts.UnmovableDevices)}): take it away, or shut the guest down and move it then");
            Refuse(
                facts.SameIdentity is not null,
                $"both hosts have {facts.SameIdentity} as their own, and libvirt takes them for one host: give each its own (host_uuid = \"…\" in /etc/libvirt/libvirtd.conf with what uuidgen prints, or hostnamectl set-hostname), and restart libvirtd there: guests run on meanwhile");
            Refuse(
                facts.UnsafeCacheDisks.Count > 0 && !spec.AllowUnsafe,
                $"the disk {string.Join(", ", facts.UnsafeCacheDisks)} has a cache on its host that may hide writes from the other: set its cache mode to none, or say spec.allowUnsafe if you know better");
            Refuse(
                facts.ShellTalk is not null,
                $"root's shell on {target} prints \"{facts.ShellTalk}\" before a command, and libvirt takes that for a part of its own messages: silence it for shells that nobody sits at (/root/.bashrc, /root/.profile, /etc/ssh/sshrc; 'ssh root@{target} true' has to print nothing)");
            Refuse(!facts.SourceReachesTarget && facts.ShellTalk is null, $"the source's libvirt cannot reach that of {target}: see the condition PeersTrusted of both hosts ({facts.Reason})");
            Refuse(!facts.SourceReachesPorts, $"the source cannot reach the migration ports 49152-49215 of {target}: see the condition FirewallReady there ({(facts.Reason.Length > 0 ? facts.Reason : "no answer")})");
        }
        else
        {
            Refuse(facts.HasSavedState, "the guest has a saved state on its host, which would stay behind: start it and move it while it runs, or drop the state (virsh managedsave-remove)");
            Refuse(
                facts.LocalFirmwareVariables is not null,
                $"the guest's UEFI variables are on its host only ({facts.LocalFirmwareVariables}) and would stay behind: the operator takes them into the guest's folder on its store while it is off, within five minutes (see the guest's condition Defined); try again then");
        }

        return refusals;
    }
}
