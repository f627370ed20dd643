namespace KvmOperator.HostTests.Lab;

/// <summary>One lab of real machines, driven through the script <c>tests/lab/lab</c> as a person would.</summary>
/// <param name="name">Labs with different names do not touch each other.</param>
internal sealed class KvmLab(string name)
{
    /// <summary>Long enough for a first boot of three machines on two busy cores.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan VerbDeadline = TimeSpan.FromMinutes(2);

    /// <summary>Whether a machine answers is not waited for: this is what an answer may take on a usual machine.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(12);

    /// <summary>Where the state of all labs is.</summary>
    public static string Labs { get; } = Environment.GetEnvironmentVariable("KVM_OPERATOR_LABS") is { Length: > 0 } named
        ? named
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? state : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
            "kvm-operator",
            "labs");

    public static string Scripts { get; } = Path.Combine(Repository.Root, "tests", "lab");

    public string Name => name;

    /// <summary>Where this lab's state is while it is up.</summary>
    public string State => Path.Combine(Labs, name);

    public Task<CommandResult> UpAsync(CancellationToken cancellationToken, params string[] options) =>
        TryAsync(["up", .. options], cancellationToken, StartDeadline).ContinueWithSuccess();

    public Task<CommandResult> DownAsync(CancellationToken cancellationToken) => VerbAsync(cancellationToken, "down");

    /// <summary>Runs a verb of the lab that has to succeed.</summary>
    public Task<CommandResult> VerbAsync(CancellationToken cancellationToken, params string[] verb) =>
        TryAsync(verb, cancellationToken).ContinueWithSuccess();

    /// <summary>Runs a verb of the lab and returns what came of it. The deadline is what it takes at most on a usual machine; a slow one is waited for longer.</summary>
    public Task<CommandResult> TryAsync(
        string[] verb,
        CancellationToken cancellationToken,
        TimeSpan? deadline = null,
        IReadOnlyDictionary<string, string>? environment = null) =>
        CommandLine.RunAsync(Path.Combine(Scripts, "lab"), ["--name", name, .. verb], Patience.For(deadline ?? VerbDeadline), cancellationToken, environment);

    /// <summary>Runs a shell command on a machine; it has to succeed.</summary>
    public Task<CommandResult> RunAsync(string node, string command, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        TryRunAsync(node, command, cancellationToken, deadline).ContinueWithSuccess();

    /// <summary>Runs a shell command on a machine and returns what came of it.</summary>
    public Task<CommandResult> TryRunAsync(string node, string command, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        TryAsync(["ssh", node, command], cancellationToken, deadline);

    /// <summary>Whether a machine answers by SSH within a few seconds.</summary>
    public async Task<bool> AnswersAsync(string node, CancellationToken cancellationToken)
    {
        try
        {
            return (await CommandLine.RunAsync(Path.Combine(Scripts, "lab"), ["--name", name, "ssh", node, "true"], Patience.Scaled(AnswerTime), cancellationToken)).Succeeded;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Waits until a condition on the lab holds. The deadline is what it takes at most on a usual machine; a slow one is waited for longer.</summary>
    /// <exception cref="TimeoutException">It did not hold within the deadline.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var patience = Patience.For(deadline);
        while (!await condition())
        {
            if (clock.GetElapsedTime(started) > patience)
            {
                throw new TimeoutException($"not within {patience.TotalSeconds:0} s: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), clock, cancellationToken);
        }
    }
}
