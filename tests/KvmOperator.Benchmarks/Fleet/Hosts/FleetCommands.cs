using System.Text;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>What a prepared host answers to the commands that it is asked all the time.</summary>
internal static class FleetCommands
{
    private const string Facts = "PRETTY_NAME";

    /// <summary>Standard output. Every check finds what it wants.</summary>
    public static string Answer(FleetHost host, FleetRequest request)
    {
        var script = request.Arguments.Count > 2 ? request.Arguments[2] : string.Empty;
        return script switch
        {
            _ when script.Contains("ssh-keygen -q", StringComparison.Ordinal) => $"{FleetIdentity.KeyOf("peer " + host.Name).OpenSshLine}\n{FleetIdentity.KeyOf(host.Name).OpenSshLine}\n",
            _ when script.Contains("dpkg-query", StringComparison.Ordinal) => "apt\n",
            _ when script.Contains("s/^Where=//p", StringComparison.Ordinal) && Verb(request) == "list" => FleetIdentity.MountPath + "\n",
            _ when script.Contains("NTPSynchronized", StringComparison.Ordinal) && Verb(request) == "other" => "chrony yes\n",
            _ when script.Contains("/.kvm-operator-store", StringComparison.Ordinal) => "5f4a3a5e-1a4b-4a53-8c36-0d7d2f2b7a11\n",
            _ when script.Contains("qemu-img info", StringComparison.Ordinal) => Disks(request),
            _ when script.Contains(Facts, StringComparison.Ordinal) => FactsOf(host),
            _ => "ready it is as it should be\n",
        };
    }

    /// <summary>What a script that does several things is asked for.</summary>
    private static string Verb(FleetRequest request) => request.Arguments.ElementAtOrDefault(4) ?? string.Empty;

    /// <summary>Behind the shell and its script come namespace, stores and the script that vets; then three arguments a disk, of which the second is its file.</summary>
    private static string Disks(FleetRequest request) => string.Concat(request.Arguments.Skip(7).Where((_, index) => index % 3 == 1)
        .Select(path => $"info {Base64("""{"format":"qcow2","virtual-size":10737418240,"actual-size":1073741824}""")} {path}\n"));

    private static string FactsOf(FleetHost host) => string.Concat(
        Section("os", "Debian GNU/Linux 13 (trixie)"),
        Section("kernel", "6.12.48+deb13-amd64"),
        Section("architecture", "x86_64"),
        Section("cpu", "model name\t: AMD EPYC 9354 32-Core Processor"),
        Section("machine", FleetIdentity.BootOf("machine " + host.Name).ToString("N")),
        Section("versions", "Using library: libvirt 11.3.0\nRunning hypervisor: QEMU 10.0.2"),
        Section("name", host.Name));

    private static string Section(string name, string text) => $"@ {name}\n{Base64(text)}\n";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
