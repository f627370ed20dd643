using System.Diagnostics;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>A host that runs commands in this machine's own shell, with programs of the test in front of the path. It shows what the scripts do, not what libvirt does.</summary>
internal sealed class ScriptedHost : IHostShell, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("scripted-host").FullName;

    /// <param name="programs">Shell scripts by the name of the program that they stand for; <c>$FOLDER</c> is a folder of their own.</param>
    public ScriptedHost(params (string Name, string Script)[] programs)
    {
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        foreach (var (name, script) in programs)
        {
            var path = Path.Combine(folder, "bin", name);
            File.WriteAllText(path, $"#!/bin/sh\nFOLDER='{folder}'\n{script}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
    }

    public string Name => "node1";

    public HostKey? HostKey => null;

    /// <summary>Everything that was run, in order.</summary>
    public List<RemoteCommand> Commands { get; } = [];

    public string this[string file]
    {
        get => File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)) : string.Empty;
        set => File.WriteAllText(Path.Combine(folder, file), value);
    }

    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        lock (Commands)
        {
            Commands.Add(command);
        }

        var start = new ProcessStartInfo(command.Arguments[0], command.Arguments.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = Path.Combine(folder, "bin") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var output = ReadAsync(process.StandardOutput.BaseStream, cancellationToken);
        var error = ReadAsync(process.StandardError.BaseStream, cancellationToken);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(command.Input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command did not want its input.
        }

        await process.WaitForExitAsync(cancellationToken);
        return new CommandResult(process.ExitCode, null, await output, await error, TimeSpan.Zero);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }
}
