using System.Text;

namespace KvmOperator.Hosts.Ssh;

/// <summary>What became of a command that ran to its end.</summary>
/// <param name="ExitStatus">The exit status; null when a signal ended the command.</param>
/// <param name="Signal">The name of that signal, without <c>SIG</c>; else null.</param>
/// <param name="Output">Standard output, byte by byte.</param>
/// <param name="Error">Standard error, byte by byte.</param>
/// <param name="Duration">From the opening of the channel to the end.</param>
public sealed record CommandResult(int? ExitStatus, string? Signal, ReadOnlyMemory<byte> Output, ReadOnlyMemory<byte> Error, TimeSpan Duration)
{
    private const int QuotedErrorCharacters = 400;

    /// <summary>True when the exit status is 0.</summary>
    public bool Succeeded => ExitStatus == 0;

    /// <summary>Standard output as UTF-8; bytes that are none become U+FFFD.</summary>
    public string OutputText => Encoding.UTF8.GetString(Output.Span);

    /// <summary>Standard error as UTF-8; bytes that are none become U+FFFD.</summary>
    public string ErrorText => Encoding.UTF8.GetString(Error.Span);

    /// <summary>The end of standard error in one short line, fit for a condition's message.</summary>
    public string ErrorSummary
    {
        get
        {
            var line = string.Join(' ', ErrorText.Split(['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
            return line.Length <= QuotedErrorCharacters ? line : string.Concat("…", line.AsSpan(line.Length - QuotedErrorCharacters));
        }
    }

    /// <summary>This result, or an exception when the command failed.</summary>
    /// <exception cref="CommandFailedException">The exit status is not 0.</exception>
    public CommandResult EnsureSuccess(IHostShell host, RemoteCommand command) =>
        Succeeded ? this : throw new CommandFailedException(host.Name, command, this);
}
