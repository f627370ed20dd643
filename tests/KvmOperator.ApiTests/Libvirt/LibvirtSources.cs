using System.Diagnostics;

namespace KvmOperator.ApiTests.Libvirt;

/// <summary>What Debian's source package of a suite says of libvirt's protocol.</summary>
internal sealed class LibvirtSources
{
    private static readonly string Script = Path.Combine(Repository.Root, "tests", "lab", "libvirt-sources");

    private LibvirtSources(string folder)
    {
        Remote = new ProtocolDescription(File.ReadAllText(Path.Combine(folder, "remote_protocol.x")));
        Messages = new ProtocolDescription(File.ReadAllText(Path.Combine(folder, "virnetprotocol.x")));
        KeepAlive = new ProtocolDescription(File.ReadAllText(Path.Combine(folder, "virkeepaliveprotocol.x")));
        Numbers = HeaderNumbers.Read(string.Concat(Directory.EnumerateFiles(folder, "*.h").Order(StringComparer.Ordinal).Select(File.ReadAllText)));
    }

    public ProtocolDescription Remote { get; }

    public ProtocolDescription Messages { get; }

    public ProtocolDescription KeepAlive { get; }

    /// <summary>The members of all enumerations in the headers.</summary>
    public IReadOnlyDictionary<string, long> Numbers { get; }

    /// <summary>Fetches them, or takes them from the lab's cache.</summary>
    public static async Task<LibvirtSources> GetAsync(string suite, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Script, [suite]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? new LibvirtSources((await output).Trim()) : throw new InvalidOperationException($"{Script} {suite} ended with {process.ExitCode}: {await error}");
    }
}
