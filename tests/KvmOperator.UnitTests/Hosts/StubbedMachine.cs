using System.Text.RegularExpressions;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts;

/// <summary>
/// Runs scripts in a real shell of this computer, with a folder in place of a machine's files and small scripts with recorded answers in place of its tools.
/// A tool that has no stub is this computer's own one.
/// </summary>
internal sealed partial class StubbedMachine : IHostShell, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvm-operator-machine-").FullName;
    private readonly ScriptedHost host = new();

    public StubbedMachine()
    {
        Directory.CreateDirectory(Path("/run/kvm-operator"));
        System.IO.File.WriteAllText(Log, string.Empty);
    }

    /// <inheritdoc/>
    public string Name => host.Name;

    /// <inheritdoc/>
    public HostKey? HostKey => null;

    /// <summary>Every call of a stub, a line each.</summary>
    public IReadOnlyList<string> Calls => System.IO.File.ReadAllLines(Log);

    /// <summary>Every command that was run, in order.</summary>
    public IReadOnlyList<RemoteCommand> Commands => host.Commands;

    private string Log => System.IO.Path.Combine(folder, "calls");

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        var result = await host.RunAsync(Below(command), cancellationToken);
        return result with { Output = Above(result.OutputText), Error = Above(result.ErrorText) };
    }

    /// <inheritdoc/>
    public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => host.OpenAsync(Below(command), cancellationToken);

    /// <summary>Puts a shell script in place of a tool; <c>$machine</c> is the folder of the machine's files.</summary>
    public void Stub(string tool, string script) => host.Add(tool, $"machine='{folder}'\nprintf '%s\\n' \"{tool} $*\" >> '{Log}'\n{script}");

    /// <summary>Writes a file of the machine.</summary>
    public void Write(string path, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(path))!);
        System.IO.File.WriteAllText(Path(path), content);
    }

    /// <summary>Reads a file of the machine.</summary>
    public string Read(string path) => System.IO.File.ReadAllText(Path(path));

    /// <summary>Where a file of the machine really is.</summary>
    public string Path(string path) => folder + path;

    /// <inheritdoc/>
    public void Dispose()
    {
        host.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private RemoteCommand Below(RemoteCommand command)
    {
        var arguments = command.Arguments.Select(Below).ToList();
        return RemoteCommand.Of(arguments[0], arguments[1..]) with { Input = Below(command.Input) };
    }

    private byte[] Below(ReadOnlyMemory<byte> input) => Bytes(Below(System.Text.Encoding.UTF8.GetString(input.Span)));

    private string Below(string text) => MachineFolders().Replace(text, path => folder + path.Value);

    /// <summary>In one go: /proc/sys/ is below one of them, not below two.</summary>
    [GeneratedRegex("/etc/|/root/|/run/|/proc/|/sys/|/srv/|/var/lib/apt/|/var/lib/kvm-operator/|/var/lib/libvirt/swtpm|/var/lib/libvirt/qemu/|/dev/kvm", RegexOptions.NonBacktracking)]
    private static partial Regex MachineFolders();

    private byte[] Above(string text) => Bytes(text.Replace(folder, string.Empty, StringComparison.Ordinal));
}
