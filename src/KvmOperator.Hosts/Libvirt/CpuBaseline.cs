using System.Xml.Linq;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Lets libvirt compute, from what each host's hypervisor reports as its own model.</summary>
internal sealed class CpuBaseline : ICpuBaseline
{
    /// <inheritdoc/>
    public async Task<string> ReadHostCpuAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var capabilities = XElement.Parse((await host.RequireAsync(RemoteCommand.Of("virsh", "domcapabilities", "--virttype", "kvm"), cancellationToken)).OutputText);
        var mode = capabilities.Element("cpu")?.Elements("mode").FirstOrDefault(mode => (string?)mode.Attribute("name") == "host-model");
        return new XElement("cpu", mode?.Elements().Where(element => element.Name != "enum") ?? []).ToString(SaveOptions.DisableFormatting);
    }

    /// <inheritdoc/>
    public async Task<string> ComputeAsync(IHostShell host, IReadOnlyCollection<string> hostCpus, CancellationToken cancellationToken)
    {
        // virsh wants the elements one after another, without a root. The same set of hosts must give the same answer whatever their order.
        var all = string.Concat(hostCpus.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        var command = RemoteCommand.Of("virsh", "hypervisor-cpu-baseline", "--virttype", "kvm", "--migratable", "/dev/stdin").WithInput(all);
        var cpu = XElement.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
        cpu.SetAttributeValue("check", "partial");
        return cpu.ToString(SaveOptions.DisableFormatting);
    }

    /// <inheritdoc/>
    public async Task<string?> FindIncompatibilityAsync(IHostShell host, string cpuXml, CancellationToken cancellationToken)
    {
        var result = await host.RunAsync(
            RemoteCommand.Of("virsh", "hypervisor-cpu-compare", "--virttype", "kvm", "--error", "/dev/stdin").WithInput(cpuXml), cancellationToken);
        return result.Succeeded ? null : result.ErrorSummary;
    }
}
