using System.Globalization;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// The one line that a command becomes for the user's login shell: a fixed locale and path, root rights, and a time limit that the host enforces itself,
/// so that no command outlives a caller that went away.
/// </summary>
internal static class CommandText
{
    /// <summary>What <c>timeout</c> answers when it ended the command.</summary>
    public const int TimedOutStatus = 124;

    private static readonly string[] Environment = ["env", "LC_ALL=C", "LANG=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

    /// <summary>The line. It first prints the marker on both streams: whatever a login shell's start-up files printed stands before it.</summary>
    public static string For(RemoteCommand command, string user, string marker)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(command.Deadline.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        string[] privilege = user == "root" ? [] : ["sudo", "-n", "--"];
        var line = ShellQuote.Join([.. privilege, .. Environment, "timeout", "-k", "5", seconds, .. command.Arguments]);

        var input = command.Input.IsEmpty ? " </dev/null" : string.Empty;

        return $"echo {marker}; echo {marker} >&2; exec {line}{input}";
    }

    /// <summary>Removes everything up to and including the marker's line.</summary>
    /// <returns>False when the marker is missing: the login shell did not get as far as the command.</returns>
    public static bool TryStripNoise(ReadOnlyMemory<byte> stream, ReadOnlySpan<byte> markerLine, out ReadOnlyMemory<byte> content)
    {
        var position = stream.Span.IndexOf(markerLine);
        content = position < 0 ? stream : stream[(position + markerLine.Length)..];
        return position >= 0;
    }
}
