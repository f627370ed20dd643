using System.Xml.Linq;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Lets libvirt compute, from what each host's hypervisor reports as its own model.</summary>
internal sealed class CpuBaseline : ICpuBaseline
{
    /// <inheritdoc/>
    public async Task<string> ReadHostCpuAsync(IHostShell host, CancellationToken cancellationToken) =>
        HostModel((await host.RequireAsync(RemoteCommand.Of("virsh", "domcapabilities", "--virttype", "kvm"), cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task<string> ComputeAsync(IHostShell host, IReadOnlyCollection<string> hostCpus, CancellationToken cancellationToken)
    {
        // virsh wants the elements one after another, without a root.
        return ForGuests(await OfKnownFeaturesAsync(
            hostCpus,
            async cpus => (await host.RequireAsync(
                RemoteCommand.Of("virsh", "hypervisor-cpu-baseline", "--virttype", "kvm", "--migratable", "/dev/stdin").WithInput(string.Concat(cpus)), cancellationToken)).OutputText));
    }

    /// <inheritdoc/>
    public async Task<string?> FindIncompatibilityAsync(IHostShell host, string cpuXml, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Of("virsh", "hypervisor-cpu-compare", "--virttype", "kvm", "--error", "/dev/stdin").WithInput(cpuXml);
        var result = await host.RunAsync(command, cancellationToken);

        // The same status for a processor that cannot be had and for a libvirt that went away in between: only the words tell them apart (virerror.c, VIR_ERR_CPU_INCOMPATIBLE).
        return result.Succeeded ? null
            : result.ErrorText.Contains("incompatible", StringComparison.Ordinal) || result.ErrorText.Contains("unsupported configuration", StringComparison.Ordinal)
                || ProcessorNames.Unknown(result.ErrorText, cpuXml) is not null ? result.ErrorSummary
            : throw new CommandFailedException(host.Name, command, result);
    }

    /// <summary>What the hypervisor itself can give, out of libvirt's capabilities for domains.</summary>
    internal static string HostModel(string capabilities)
    {
        var mode = XElement.Parse(capabilities).Element("cpu")?.Elements("mode").FirstOrDefault(mode => (string?)mode.Attribute("name") == "host-model");
        return new XElement("cpu", mode?.Elements().Where(element => element.Name != "enum") ?? []).ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>The same set of hosts must give the same answer whatever their order.</summary>
    internal static IEnumerable<string> InOrder(IEnumerable<string> hostCpus) => hostCpus.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>
    /// Lets a libvirt compute with the features that it knows: those of newer ones it refuses by name, and what it does not know no guest on its host can have, nor does it have to be switched
    /// off there.
    /// </summary>
    internal static async Task<string> OfKnownFeaturesAsync(IEnumerable<string> hostCpus, Func<IReadOnlyList<string>, Task<string>> compute)
    {
        var cpus = InOrder(hostCpus).ToList();
        while (true)
        {
            string unknown;
            try
            {
                return await compute(cpus);
            }
            catch (HostRefusedException refused) when (ProcessorNames.UnknownFeature(refused.Summary, cpus) is { } feature)
            {
                unknown = feature;
            }

            // Each turn takes one name away, so it ends.
            cpus = [.. InOrder(cpus.Select(cpu => ProcessorNames.Without(cpu, unknown)))];
        }
    }

    /// <summary>libvirt's answer as it stands in a guest's definition.</summary>
    internal static string ForGuests(string baseline)
    {
        var cpu = XElement.Parse(baseline);
        cpu.SetAttributeValue("check", "partial");
        return cpu.ToString(SaveOptions.DisableFormatting);
    }
}
