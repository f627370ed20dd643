using System.Xml.Linq;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>Brings a domain in line with its object: for the next start always, now where that is possible.</summary>
internal sealed class DomainChanges(IDomains domains, IDiskImages images, IKeptGuests kept)
{
    private const string LocalVariables = "; its UEFI variables are on its host alone until it is off the next time";

    /// <summary>Applies what differs, and makes the disks of a guest that is off QEMU's own. All exceptions of <see cref="IDomains"/> apply.</summary>
    /// <returns>What was changed, what waits for a restart, and what is said of the definition.</returns>
    public async Task<DomainChangeResult> ApplyAsync(IHostShell host, GuestDefinition wanted, bool runs, CancellationToken cancellationToken)
    {
        var identity = wanted.Identity;
        var storedXml = await domains.ReadXmlAsync(host, identity, live: false, cancellationToken);
        var isPortable = wanted.FirmwareVariables is not { } variables || DomainFirmware.IsAt(XElement.Parse(storedXml), variables);
        if (!isPortable && !runs)
        {
            storedXml = await TakeVariablesAsync(host, identity, wanted.FirmwareVariables!, cancellationToken);
            isPortable = true;
        }

        var livingXml = runs ? await domains.ReadXmlAsync(host, identity, live: true, cancellationToken) : null;
        var (stored, living) = Compare(storedXml, livingXml, wanted);
        var overlays = await OverlaysAsync(host, wanted, DomainOverlays.Suspects(stored).Union(DomainOverlays.Suspects(living), StringComparer.Ordinal), cancellationToken);
        var message = DomainOverlays.Message(wanted, overlays) + (isPortable ? string.Empty : LocalVariables);
        if (overlays.Count > 0)
        {
            wanted = DomainOverlays.Redirect(wanted, overlays);
            (stored, living) = Compare(storedXml, livingXml, wanted);
        }

        if (!runs)
        {
            // libvirt gives a file back to root at the end of a guest for which it had taken it, and will not take it again from now on: it was a person's guest, or wrote in a snapshot.
            await images.GiveToQemuAsync(host, wanted.Disks.Select(disk => disk.Path).Append(wanted.FirmwareVariables).OfType<string>(), cancellationToken);
        }

        foreach (var difference in stored.Union(living).Where(difference => !difference.IsForNextStart))
        {
            await ApplyAsync(host, identity, difference, cancellationToken);
        }

        // By now the definition has its devices, also new ones. It is read anew, with what libvirt shows only to those who may change it.
        if (stored.Count > 0)
        {
            var definition = await domains.ReadDefinitionAsync(host, identity, cancellationToken);
            var edits = DomainComparison.Compare(definition, wanted, live: false).Where(difference => difference.IsForNextStart).ToList();
            if (edits.Count > 0)
            {
                await domains.RedefineAsync(host, identity, DomainEdits.Apply(definition, wanted, edits), cancellationToken);
            }
        }

        var waiting = living.Count == 0
            ? living
            : DomainComparison.Compare(await domains.ReadXmlAsync(host, identity, live: true, cancellationToken), wanted, live: true);
        return new DomainChangeResult(
            [.. stored.Union(living).Select(difference => difference.What).Distinct(StringComparer.Ordinal)], [.. waiting.Select(difference => difference.What)], message);
    }

    /// <summary>Has a guest that is off keep its UEFI variables in its folder on its store from now on. The file on its host goes when the domain names the other one: an older libvirt may not.</summary>
    /// <returns>The definition then.</returns>
    private async Task<string> TakeVariablesAsync(IHostShell host, DomainIdentity identity, string to, CancellationToken cancellationToken)
    {
        var definition = XElement.Parse(await domains.ReadDefinitionAsync(host, identity, cancellationToken));
        var from = DomainFirmware.Variables(definition);
        if (from is not null && from != to)
        {
            await kept.TakeVariablesAsync(host, from, to, cancellationToken);
        }

        DomainFirmware.Place(definition, to);
        await domains.RedefineAsync(host, identity, definition.ToString(SaveOptions.DisableFormatting), cancellationToken);
        var stored = await domains.ReadXmlAsync(host, identity, live: false, cancellationToken);
        if (from is not null && from != to && DomainFirmware.Variables(XElement.Parse(stored)) == to)
        {
            await kept.RemoveLeftVariablesAsync(host, from, to, cancellationToken);
        }

        return stored;
    }

    private static (IReadOnlyList<DomainDifference> Stored, IReadOnlyList<DomainDifference> Living) Compare(string storedXml, string? livingXml, GuestDefinition wanted) =>
        (DomainComparison.Compare(storedXml, wanted, live: false), livingXml is null ? [] : DomainComparison.Compare(livingXml, wanted, live: true));

    /// <summary>The host is asked only when the domain has a file in place of another one.</summary>
    private async Task<IReadOnlyDictionary<string, string>> OverlaysAsync(IHostShell host, GuestDefinition wanted, IEnumerable<string> suspects, CancellationToken cancellationToken)
    {
        var chains = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var file in suspects)
        {
            chains[file] = await images.ReadBackingFilesAsync(host, file, cancellationToken);
        }

        return DomainOverlays.Find(wanted, chains);
    }

    private Task<bool> ApplyAsync(IHostShell host, DomainIdentity identity, DomainDifference difference, CancellationToken cancellationToken) => difference switch
    {
        DomainDifference.Vcpus vcpus => domains.SetVcpusAsync(host, identity, vcpus.Count, cancellationToken),
        DomainDifference.Memory memory => domains.SetMemoryAsync(host, identity, memory.Bytes, cancellationToken),
        DomainDifference.MissingDisk missing => domains.AttachDiskAsync(host, identity, missing.Disk, cancellationToken),
        DomainDifference.ExtraDisk extra => domains.DetachDiskAsync(host, identity, extra.Target, cancellationToken),
        DomainDifference.MissingInterface missing => domains.AttachInterfaceAsync(host, identity, missing.Interface, cancellationToken),
        DomainDifference.ExtraInterface extra => domains.DetachInterfaceAsync(host, identity, extra.MacAddress, cancellationToken),
        DomainDifference.OtherNetwork other => domains.UpdateDeviceAsync(host, identity, other.Xml, other.Live, cancellationToken),
        _ => throw new NotSupportedException(difference.What),
    };
}
