using KvmOperator.HostTests.Lab;

namespace KvmOperator.HostTests.Operator;

/// <summary>
/// Writes down what the objects, the operator and the machines say at the moment when a scenario has failed: afterwards they are put back, and nobody can ask them any more. <c>tests/run</c>
/// shows it at its end.
/// </summary>
internal static class FailureReport
{
    private const int OperatorLines = 40;

    private static readonly TimeSpan MachinesDeadline = TimeSpan.FromMinutes(2);

    /// <summary>Writes <c>artifacts/tests/failure-SCENARIO.log</c>. What cannot be had is named there and is no error: the scenario's own failure is what counts.</summary>
    public static async Task WriteAsync(OperatorLab lab, string scenario, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Repository.Root, "artifacts", "tests", $"failure-{scenario}.log");
        string[] said =
        [
            await AskAsync(() => lab.Cluster.TryKubectlAsync(cancellationToken, "get", "nfsstores,kvmhosts,virtualmachines,vmmigrations", "--all-namespaces", "-o", "wide")),
            await AskAsync(() => lab.Machines.TryAsync(["report"], cancellationToken, MachinesDeadline)),
            $"== operator\n{await LogAsync(lab, cancellationToken)}",
        ];
        await File.WriteAllTextAsync(file, string.Join('\n', said) + "\n", cancellationToken);
    }

    private static async Task<string> AskAsync(Func<Task<CommandResult>> ask)
    {
        try
        {
            var answer = await ask();
            return answer.Output + answer.Error;
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or InvalidOperationException)
        {
            return $"({exception.Message})\n";
        }
    }

    /// <summary>The end of the operator's log, without what it says of each request.</summary>
    private static async Task<string> LogAsync(OperatorLab lab, CancellationToken cancellationToken) => File.Exists(lab.LogFile)
        ? string.Join('\n', (await File.ReadAllLinesAsync(lab.LogFile, cancellationToken)).TakeLast(OperatorLines))
        : "(no log)";
}
