using System.Diagnostics;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts;

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
            Add(name, script);
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

        using var process = Process.Start(StartOf(command))!;
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

    /// <summary>Holds the process until it ends or the channel is disposed of, which ends its input.</summary>
    public async Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        lock (Commands)
        {
            Commands.Add(command);
        }

        var channel = new HeldProcess(StartOf(command)) { Grace = TimeSpan.FromSeconds(10) };
        await channel.Input.WriteAsync(command.Input, cancellationToken);
        return channel;
    }

    /// <summary>Puts a shell script in place of a program.</summary>
    public void Add(string name, string script)
    {
        var (text, program) = (Path.Combine(folder, "text"), Path.Combine(folder, "bin", name));
        File.WriteAllText(text, $"#!/bin/sh\nFOLDER='{folder}'\n{script}\n");

        // A file that this process wrote itself may still be open for writing in the child of another test, and cannot be run then.
        using var copy = Process.Start("/bin/sh", ["-c", "cp \"$1\" \"$2\" && chmod +x \"$2\"", "scripted-host", text, program]);
        copy.WaitForExit();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ProcessStartInfo StartOf(RemoteCommand command)
    {
        var start = HeldProcess.StartOf("/usr/bin/env", command.Arguments, $"{Path.Combine(folder, "bin")}:{HeldProcess.Paths}");
        start.Environment["PACE"] = "1";
        return start;
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }
}
