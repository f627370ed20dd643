using System.Text;

namespace KvmOperator.Hosts.Ssh;

/// <summary>A command for a host: a list of arguments that reach it literally, and what is fed to its standard input.</summary>
public sealed record RemoteCommand
{
    /// <summary>How long a command may take when nothing else was said.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);

    private RemoteCommand(IReadOnlyList<string> arguments) => Arguments = arguments;

    /// <summary>The program and its arguments. They are visible to every user of the host: secrets belong into <see cref="Input"/>.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The bytes of standard input; never logged. Empty means that the command reads an empty file.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>
    /// How long the command may take on a host at the usual pace; <see cref="IHostShell.Pace"/> times as long on a slower one. After this time the host ends the command itself,
    /// and a moment later the caller gets a <see cref="DeadlineExceededException"/>, whatever the host does. A script finds the pace as <c>$PACE</c>, for the limits within it.
    /// </summary>
    public TimeSpan Deadline { get; init; } = DefaultDeadline;

    /// <summary>A program with its arguments.</summary>
    public static RemoteCommand Of(string program, params IReadOnlyList<string> arguments) => new([program, .. arguments]);

    /// <summary>
    /// A fixed script for <c>/bin/sh</c>. Values are never written into its text: they are <c>"$1"</c>, <c>"$2"</c> and so on.
    /// </summary>
    public static RemoteCommand Script(string script, params IReadOnlyList<string> arguments) => new(["/bin/sh", "-c", script, "kvm-operator", .. arguments]);

    /// <summary>The same command with a text, encoded as UTF-8, on its standard input.</summary>
    public RemoteCommand WithInput(string text) => this with { Input = Encoding.UTF8.GetBytes(text) };

    /// <summary>The same command with another deadline.</summary>
    public RemoteCommand WithDeadline(TimeSpan deadline) => this with { Deadline = deadline };

    /// <summary>What a log or an error message calls this command: the program and its first argument, and of a script only that it is one.</summary>
    public string Label
    {
        get => field ?? (Arguments is ["/bin/sh", "-c", ..] ? "script" : string.Join(' ', Arguments.Take(2)));
        init;
    }

    /// <inheritdoc/>
    public override string ToString() => Label;
}
