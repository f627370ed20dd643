using System.Xml;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Looks at hosts with one remote script a look: where a host cannot be listened to.</summary>
internal static class HostLook
{
    private static readonly string ObserveScript = $"{SectionedOutput.Function}\n{HostScripts.Read("Libvirt/observe-host.sh")}";

    private static readonly string FactsScript = $"{SectionedOutput.Function}\n{HostScripts.Read("Libvirt/host-facts.sh")}";

    /// <summary>As <see cref="IHostObserver.ObserveAsync"/>.</summary>
    public static async Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
    {
        // The script calls itself under a time limit for the parts that may hang, so it needs its own text.
        var command = RemoteCommand.Script("script=$1; shift; export script; eval \"$script\"", [ObserveScript, .. mountPaths]);
        return ObservationParser.Parse((await host.RequireAsync(command, cancellationToken)).OutputText, mountPaths);
    }

    /// <summary>As <see cref="IHostObserver.ReadFactsAsync"/>.</summary>
    public static async Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var sections = new SectionedOutput((await host.RequireAsync(RemoteCommand.Script(FactsScript), cancellationToken)).OutputText);
        return new HostFacts(
            sections["os"],
            sections["kernel"],
            VersionAfter(sections, "Using library: libvirt "),
            VersionAfter(sections, "Running hypervisor: QEMU "),
            sections["cpu"].Split(':', 2).ElementAtOrDefault(1)?.Trim() ?? string.Empty,
            sections["architecture"],
            sections["machine"])
        {
            HostName = sections["name"],
            Uuid = UuidIn(sections["capabilities"]),
        };
    }

    /// <summary>What was cut off by its time limit says nothing.</summary>
    private static string UuidIn(string capabilities)
    {
        try
        {
            return HostSelf.Of(string.Empty, capabilities).Uuid;
        }
        catch (XmlException)
        {
            return string.Empty;
        }
    }

    private static string VersionAfter(SectionedOutput sections, string prefix) =>
        sections.Lines("versions").FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..].Trim() ?? string.Empty;
}
