namespace KvmOperator.Tests;

/// <summary>How a program ended and what it said.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a program that ended well.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message is its own.</exception>
    public string Expected => ExitCode == 0 ? Output : throw new InvalidOperationException($"ended with {ExitCode}: {Error}{Output}");
}
