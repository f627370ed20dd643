using System.Diagnostics;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts;

/// <summary>A held command, in a process of this computer.</summary>
internal sealed class HeldProcess : IHostChannel
{
    /// <summary>Where the programs of a computer are.</summary>
    public const string Paths = "/usr/sbin:/usr/bin:/sbin:/bin";

    public HeldProcess(RemoteCommand command, string path = Paths, string? shell = null)
        : this(StartOf(shell ?? command.Arguments[0], command.Arguments.Skip(1), path))
    {
    }

    public HeldProcess(ProcessStartInfo start)
    {
        Process = Process.Start(start)!;
        ErrorText = Process.StandardError.ReadToEndAsync();
        Ended = EndedAsync();
    }

    public Process Process { get; }

    /// <summary>How long it may take to end by itself once its input has ended, when it is disposed of. Then it is killed.</summary>
    public TimeSpan Grace { get; init; }

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
        if (Grace > TimeSpan.Zero)
        {
            Process.StandardInput.Close();
            Process.StandardOutput.Close();
            await Task.WhenAny(Ended, Task.Delay(Grace, TimeProvider.System));
        }

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

    /// <summary>How a program is started with its streams held, in English and with nothing but this path.</summary>
    public static ProcessStartInfo StartOf(string program, IEnumerable<string> arguments, string path)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = path;
        start.Environment["LC_ALL"] = "C";
        return start;
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
