using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Migrations;

/// <summary>What libvirt is asked and told about moves over its held connection. All exceptions of <see cref="HostLibvirt"/> apply to each.</summary>
internal static class LibvirtMoves
{
    /// <summary>What a guest needs of a host.</summary>
    public static async Task<MigrationNeeds> ReadNeedsAsync(HostLibvirt libvirt, Guid guest, CancellationToken cancellationToken)
    {
        var domain = Reference(guest);
        var live = await XmlAsync(libvirt, domain, DomainXmlFlags.None, "dumpxml", cancellationToken);
        var defined = await XmlAsync(libvirt, domain, DomainXmlFlags.Inactive, "dumpxml --inactive", cancellationToken);
        var isSaved = await libvirt.AskAsync(connection => connection.HasManagedSaveAsync(domain, cancellationToken), "dominfo", domain.Name);
        return MigrationNeeds.Of(live, defined, isSaved);
    }

    /// <summary>What a running guest is on another host, its processor included.</summary>
    public static Task<XElement> ReadSentAsync(HostLibvirt libvirt, Guid guest, CancellationToken cancellationToken) =>
        XmlAsync(libvirt, Reference(guest), DomainXmlFlags.Migratable | DomainXmlFlags.UpdateCpu, "dumpxml --migratable --update-cpu", cancellationToken);

    /// <summary>Whether the name or the UUID is taken, and which of the networks are not on.</summary>
    public static async Task<(bool IsTaken, IReadOnlyList<string> MissingNetworks)> FindLacksAsync(HostLibvirt libvirt, Guid guest, MigrationNeeds needs, CancellationToken cancellationToken)
    {
        var known = await libvirt.AskAsync(connection => connection.ListDomainsAsync(DomainListFlags.None, cancellationToken), "list", "--all", "--uuid", "--name");
        var active = needs.Networks.Count == 0
            ? []
            : await libvirt.AskAsync(connection => connection.ListNetworksAsync(NetworkListFlags.Active, cancellationToken), "net-list", "--name");
        var names = active.Select(network => network.Name).ToHashSet(StringComparer.Ordinal);
        return (known.Any(domain => domain.Uuid == guest || domain.Name == needs.Name), [.. needs.Networks.Where(network => !names.Contains(network))]);
    }

    /// <summary>Why a host cannot run a machine, in libvirt's words; null when it can.</summary>
    public static async Task<string?> FindMachineRefusalAsync(HostLibvirt libvirt, GuestMachine machine, CancellationToken cancellationToken)
    {
        try
        {
            await libvirt.AskAsync(
                connection => connection.GetDomainCapabilitiesAsync(machine.Emulator, machine.Architecture, machine.Type, machine.Virtualization, cancellationToken), machine.Question);
            return null;
        }
        catch (LibvirtRefusedException refused) when (refused.Code is LibvirtErrorCode.InvalidArg or LibvirtErrorCode.ConfigUnsupported || GuestMachine.IsRefusal(refused.Summary))
        {
            return refused.Summary;
        }
    }

    /// <summary>Who a host is to the libvirts of others.</summary>
    public static async Task<HostSelf> ReadSelfAsync(HostLibvirt libvirt, CancellationToken cancellationToken) => HostSelf.Of(
        await libvirt.AskAsync(connection => connection.GetHostNameAsync(cancellationToken), "hostname"),
        await libvirt.AskAsync(connection => connection.GetCapabilitiesAsync(cancellationToken), "capabilities"));

    /// <summary>What libvirt keeps of the past of a guest beside its definition.</summary>
    public static async Task<IReadOnlyList<string>> ReadHistoryAsync(HostLibvirt libvirt, Guid guest, CancellationToken cancellationToken)
    {
        var domain = Reference(guest);
        var snapshots = await libvirt.AskAsync(connection => connection.ListSnapshotsAsync(domain, cancellationToken), "snapshot-list", "--name", "--", domain.Name);
        var checkpoints = await libvirt.AskAsync(connection => connection.ListCheckpointsAsync(domain, cancellationToken), "checkpoint-list", "--name", "--", domain.Name);
        return [.. snapshots.Select(name => $"snapshot {name}"), .. checkpoints.Select(name => $"checkpoint {name}")];
    }

    /// <summary>How far the move is, or how the last one went; null when there is none, or libvirt cannot say at this moment.</summary>
    public static async Task<MigrationProgress?> ReadProgressAsync(HostLibvirt libvirt, Guid guest, bool completed, CancellationToken cancellationToken)
    {
        var domain = Reference(guest);
        var flags = completed ? DomainJobStatisticsFlags.Completed | DomainJobStatisticsFlags.KeepCompleted : DomainJobStatisticsFlags.None;
        string[] options = completed ? ["--completed", "--keep-completed"] : [];
        try
        {
            var job = await libvirt.AskAsync(connection => connection.GetJobStatisticsAsync(domain, flags, cancellationToken), ["domjobinfo", domain.Name, "--rawstats", .. options]);
            return MigrationProgress.From(job.Type != DomainJobType.None, job.Values.Number);
        }
        catch (LibvirtRefusedException)
        {
            return null;
        }
    }

    /// <summary>Gives a move up. No move is no error.</summary>
    /// <returns>False when it is in post-copy and goes on.</returns>
    public static async Task<bool> AbortAsync(HostLibvirt libvirt, Guid guest, CancellationToken cancellationToken)
    {
        var domain = Reference(guest);
        try
        {
            await libvirt.TellAsync(connection => connection.AbortJobAsync(domain, cancellationToken), "domjobabort", domain.Name);
            return true;
        }
        catch (LibvirtRefusedException refused) when (refused.Code == LibvirtErrorCode.NoDomain)
        {
            return true;
        }
        catch (LibvirtRefusedException refused) when (refused.Code == LibvirtErrorCode.OperationInvalid)
        {
            // The same number for no move and for one in post-copy, and words in the host's own language.
            return !await IsInPostCopyAsync(libvirt, domain, cancellationToken);
        }
    }

    /// <summary>Switches a move over to post-copy. No move, and one that was switched before, are no error.</summary>
    public static async Task SwitchToPostCopyAsync(HostLibvirt libvirt, Guid guest, CancellationToken cancellationToken)
    {
        var domain = Reference(guest);
        try
        {
            await libvirt.TellAsync(connection => connection.StartPostCopyAsync(domain, cancellationToken), "migrate-postcopy", domain.Name);
        }
        catch (LibvirtRefusedException nothing) when (nothing.Code is LibvirtErrorCode.NoDomain or LibvirtErrorCode.OperationInvalid)
        {
        }
    }

    /// <summary>Defines a guest as it was defined elsewhere.</summary>
    public static Task DefineAsync(HostLibvirt libvirt, string xml, CancellationToken cancellationToken) =>
        libvirt.TellAsync(connection => connection.DefineAsync(xml, DomainDefineFlags.Validate, cancellationToken), "define", "--validate", "/dev/stdin");

    private static async Task<bool> IsInPostCopyAsync(HostLibvirt libvirt, LibvirtDomain domain, CancellationToken cancellationToken)
    {
        var state = await libvirt.AskAsync(connection => connection.GetStateAsync(domain, cancellationToken), "domstate", "--reason", domain.Name);
        return DomainObservation.IsInPostCopy(state.State, state.Reason);
    }

    private static async Task<XElement> XmlAsync(HostLibvirt libvirt, LibvirtDomain domain, DomainXmlFlags flags, string command, CancellationToken cancellationToken) =>
        XElement.Parse(await libvirt.AskAsync(connection => connection.GetXmlAsync(domain, flags, cancellationToken), [.. command.Split(' '), "--", domain.Name]));

    /// <summary>libvirt goes by the UUID; the name is for its messages.</summary>
    private static LibvirtDomain Reference(Guid guest) => new(guest.ToString(), guest);
}
