using System.Diagnostics;

namespace KvmOperator.Tests;

/// <summary>Runs a program of tests/lab/tools, which is fetched the first time.</summary>
internal static class LabTool
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="name">The program's name there.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static Task<ToolResult> RunAsync(string name, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunFileAsync(Path.Combine(Repository.Root, "tests", "lab", "tools", name), arguments, cancellationToken);

    /// <summary>As the other, for any program.</summary>
    public static async Task<ToolResult> RunFileAsync(string path, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ToolResult(process.ExitCode, await output, await error);
    }
}
