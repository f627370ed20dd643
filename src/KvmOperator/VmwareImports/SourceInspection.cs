using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Vmware;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VmwareImports;

/// <summary>Reads a source on a host and says what would become of it. Nothing is written there, and what lies there is understood by our own readers alone.</summary>
internal sealed class SourceInspection(IVmwareSources sources, IEntityStore<VirtualMachine> machines)
{
    /// <summary>Inspects the source of an import. Every exception of <see cref="IVmwareSources.OpenAsync"/> applies.</summary>
    /// <exception cref="TimeoutException">The host did not answer in time.</exception>
    public async Task<InspectedSource> InspectAsync(VmwareImport import, IHostShell host, SourceScope scope, CancellationToken cancellationToken)
    {
        await using var source = await sources.OpenAsync(host, scope, cancellationToken);
        var reader = new HostSourceReader(source);
        var request = new InspectionRequest
        {
            File = reader.Named ?? import.Spec.Source.Vmx,
            Snapshot = import.Spec.Source.Snapshot,
            TakenMacs = TakenMacs(import),
        };
        var folder = reader.Named is null ? Path.GetFileName(scope.Path.TrimEnd('/')) : Path.GetFileName(Path.GetDirectoryName(scope.Path))!;
        var inspection = await Inspector.InspectAsync(reader.Folder(folder), reader, request, cancellationToken);
        return new InspectedSource(inspection, reader.Entry);
    }

    /// <summary>The addresses that other guests have, and whose they are.</summary>
    private Dictionary<string, string> TakenMacs(VmwareImport import)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var machine in machines.List().Where(machine => machine.Namespace() != import.Namespace() || machine.Name() != import.Spec.VirtualMachine.Name))
        {
            foreach (var mac in GuestMacAddresses.Of(machine))
            {
                // People of one namespace are not told what another one has.
                taken[mac] = machine.Namespace() == import.Namespace() ? $"the guest {machine.Name()}" : "a guest of another namespace";
            }
        }

        return taken;
    }
}
