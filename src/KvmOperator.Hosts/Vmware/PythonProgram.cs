namespace KvmOperator.Hosts.Vmware;

/// <summary>A program for the host's Python, which every host with virt-install has: on RHEL-like ones it may only be the system's own. None of the machine's own modules are taken.</summary>
/// <param name="name">The name of its script in the folder of this class; what it shares with the others stands in front.</param>
internal sealed class PythonProgram(string name)
{
    private const string Launcher =
        """
        for python in python3 /usr/libexec/platform-python; do
          if command -v "$python" >/dev/null; then exec "$python" -I -S -c "$@"; fi
        done
        echo 'Python is not installed here: install python3' >&2
        exit 127
        """;

    private readonly string text = HostScripts.Read("Vmware/beneath.py") + "\n" + HostScripts.Read($"Vmware/{name}");

    /// <summary>The command line that runs it.</summary>
    public IReadOnlyList<string> CommandLine(params IEnumerable<string> arguments) => ["/bin/sh", "-c", Launcher, "kvm-operator", text, .. arguments];
}
