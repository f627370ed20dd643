using System.Globalization;
using System.Text;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// The one line that a command becomes for the user's login shell: a fixed locale and path, the host's own libvirt, root rights, and a time limit that the host enforces itself,
/// so that no command outlives a caller that went away.
/// </summary>
internal static class CommandText
{
    /// <summary>What <c>timeout</c> answers when it ended the command.</summary>
    public const int TimedOutStatus = 124;

    /// <summary>A login shell takes the line as one argument, and the kernel no longer one than this, its last zero byte included (MAX_ARG_STRLEN, see execve(2)).</summary>
    private const int LineLimitBytes = 131072;

    private static readonly string[] Environment = ["env", "LC_ALL=C", "LANG=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", .. LibvirtEnvironment.Variables];

    /// <summary>
    /// The line. It first prints the marker on both streams: whatever a login shell's start-up files printed stands before it.
    /// The command finds the pace in its environment as <c>PACE</c>: what it waits for by itself it multiplies by that, as its deadline was.
    /// For a user that is not root it prints <see cref="RootMarker"/> too, as root: whatever sudo had to say stands before that, and without it sudo refused.
    /// </summary>
    /// <exception cref="CommandTooLongException">No shell would take it.</exception>
    public static string For(HostConnectionSettings settings, RemoteCommand command, int pace, string marker)
    {
        var input = command.Input.IsEmpty ? " </dev/null" : string.Empty;
        var seconds = Math.Max(1, (long)Math.Ceiling(command.Deadline.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var patience = (5 * pace).ToString(CultureInfo.InvariantCulture);
        return Line(settings, command, pace, marker, ["timeout", "-k", patience, seconds], input);
    }

    /// <summary>The line for a process that is held: nothing limits its time, and its input is the channel's.</summary>
    /// <exception cref="CommandTooLongException">No shell would take it.</exception>
    public static string ForHeld(HostConnectionSettings settings, RemoteCommand command, int pace, string marker) => Line(settings, command, pace, marker, [], input: string.Empty);

    /// <summary>What a user's command prints on both streams before anything of its own, in order.</summary>
    public static IReadOnlyList<string> Markers(HostConnectionSettings settings, string marker) => settings.User == "root" ? [marker] : [marker, RootMarker(marker)];

    /// <summary>
    /// sudo writes each command with all of its arguments into the machine's log, and a script is long: behind it runs a shell that finds the command on its standard input,
    /// unless that is the command's own.
    /// </summary>
    private static string Line(HostConnectionSettings settings, RemoteCommand command, int pace, string marker, string[] limit, string input)
    {
        string[] run = [.. Environment, string.Create(CultureInfo.InvariantCulture, $"PACE={pace}"), .. limit, .. command.Arguments];
        var told = $"echo {marker}; echo {marker} >&2; exec ";
        var root = RootMarker(marker);
        var text = settings.User == "root" ? $"{told}{ShellQuote.Join(run)}{input}"
            : input.Length > 0 ? $"{told}sudo -n -- /bin/sh -s <<'{marker}'\necho {root}; echo {root} >&2; exec {ShellQuote.Join(run)}{input}\n{marker}\n"
            : told + ShellQuote.Join(["sudo", "-n", "--", "/bin/sh", "-c", "echo \"$0\"; echo \"$0\" >&2; exec \"$@\"", root, .. run]);
        return Encoding.UTF8.GetByteCount(text) is var bytes && bytes < LineLimitBytes ? text : throw new CommandTooLongException(settings.Name, command, bytes, LineLimitBytes);
    }

    /// <summary>What root prints behind sudo.</summary>
    public static string RootMarker(string marker) => $"root-{marker}";

    /// <summary>What became of a command, from all that came through its channel.</summary>
    /// <exception cref="HostUnreachableException">The login shell did not get as far as the command.</exception>
    /// <exception cref="PrivilegeRefusedException">sudo did not.</exception>
    public static CommandResult Interpret(HostConnectionSettings settings, string marker, CommandResult raw)
    {
        if (!TryStripNoise(raw, marker, out var ofUser))
        {
            var saying = string.Concat(raw.OutputText.AsSpan().Trim(), " ", raw.ErrorSummary).Trim();
            throw new HostUnreachableException(
                settings.Name, $"The login shell of user {settings.User} on {settings.Name} runs no commands: {saying}", commandMayHaveRun: false) { IsAlive = true };
        }

        if (settings.User == "root")
        {
            return ofUser;
        }

        // A signal says nothing about rights: the machine may be on its way down.
        return TryStripNoise(ofUser, RootMarker(marker), out var ofRoot) || ofUser.ExitStatus is null ? ofRoot : throw new PrivilegeRefusedException(settings.Name, settings.User, ofUser.ErrorSummary);
    }

    /// <summary>Removes everything up to and including the marker's line from both streams. False when the marker is missing in one of them.</summary>
    private static bool TryStripNoise(CommandResult raw, string marker, out CommandResult result)
    {
        var markerLine = Encoding.ASCII.GetBytes(marker + "\n");
        var found = TryStripNoise(raw.Output, markerLine, out var output) & TryStripNoise(raw.Error, markerLine, out var error);
        result = found ? raw with { Output = output, Error = error } : raw;
        return found;
    }

    private static bool TryStripNoise(ReadOnlyMemory<byte> stream, ReadOnlySpan<byte> markerLine, out ReadOnlyMemory<byte> content)
    {
        var position = stream.Span.IndexOf(markerLine);
        content = position < 0 ? stream : stream[(position + markerLine.Length)..];
        return position >= 0;
    }
}
