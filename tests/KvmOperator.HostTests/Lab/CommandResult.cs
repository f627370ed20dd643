namespace KvmOperator.HostTests.Lab;

/// <summary>What a command said and how it ended.</summary>
/// <param name="Command">The command, as a person would type it.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandResult(string Command, int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Returns the result of a command that succeeded; otherwise throws with everything that helps to see why.</summary>
    public CommandResult EnsureSuccess() =>
        Succeeded ? this : throw new InvalidOperationException($"'{Command}' ended with {ExitCode}\n{Error}\n{Output}".TrimEnd());
}
