using System.Diagnostics;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts;

/// <summary>A held script, in a process of this computer.</summary>
internal sealed class HeldProcess : IHostChannel
{
    public HeldProcess(RemoteCommand command, string path = "/usr/sbin:/usr/bin:/sbin:/bin", string? shell = null)
    {
        var start = new ProcessStartInfo(shell ?? command.Arguments[0], command.Arguments.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path;
        start.Environment["LC_ALL"] = "C";
        Process = Process.Start(start)!;
        ErrorText = Process.StandardError.ReadToEndAsync();
        Ended = EndedAsync();
    }

    public Process Process { get; }

    public Stream Input => Process.StandardInput.BaseStream;

    public Stream Output => Process.StandardOutput.BaseStream;

    public Task<string> ErrorText { get; }

    public Task<CommandResult> Ended { get; }

    /// <summary>The processes that it started and that still live.</summary>
    public IReadOnlyList<int> Children => [.. Descendants(Process.Id)];

    /// <summary>What became of it, with what is left of its output.</summary>
    public async Task<CommandResult> EndAsync(CancellationToken cancellationToken)
    {
        var text = await Process.StandardOutput.ReadToEndAsync(cancellationToken);
        var ended = await Ended.WaitAsync(cancellationToken);
        return new CommandResult(ended.ExitStatus, null, System.Text.Encoding.UTF8.GetBytes(text), System.Text.Encoding.UTF8.GetBytes(await ErrorText), TimeSpan.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            Process.Kill(entireProcessTree: true);
            await Ended;
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        Process.Dispose();
    }

    public static bool IsAlive(int id) => File.Exists($"/proc/{id}/stat") && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>Waits until something is so that nobody tells of.</summary>
    public static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while (!condition())
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Who waits for the end waits here: a <see cref="System.Diagnostics.Process"/> is not made for two that wait for it at once, and one of them may wait for ever.</summary>
    private async Task<CommandResult> EndedAsync()
    {
        var text = await ErrorText;
        await Process.WaitForExitAsync();
        return new CommandResult(Process.ExitCode, null, default, System.Text.Encoding.UTF8.GetBytes(text), TimeSpan.Zero);
    }

    private static IEnumerable<int> Descendants(int parent) =>
        Directory.GetDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == parent)
            .SelectMany(id => Descendants(id).Prepend(id));

    private static int ParentOf(int id)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
