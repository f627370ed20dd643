using System.Collections.Concurrent;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Steps;

/// <summary>
/// Installs packages with apt or dnf, in a job, because it takes minutes. Never removes any: where others would have to go, it says which and waits for a person. A failed installation is tried again after a while that grows, and its reason is told until one succeeds.
/// </summary>
internal sealed class PackageManager(IHostJobs jobs, TimeProvider clock)
{
    private const int MostDoublings = 5;
    private const string RemovesWord = "removes ";

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);

    private static readonly string MissingScript = HostScripts.Read("Steps/missing-packages.sh");

    /// <summary>Purposes have jobs of their own, but one machine has one package manager, and apt does not wait for its lists.</summary>
    private static readonly string[] Alone = ["flock", "--close", "/run/kvm-operator/packages.lock"];

    private static readonly string AptScript = HostScripts.Read("Steps/install-apt.sh");

    /// <summary>While a machine installs, it has better to do than to answer questions again and again; it notices the end at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan InstallationLimit = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<(string Host, string Purpose), Attempt> attempts = new();

    /// <summary>Names what is missing. While it is being installed, the end is waited for, for a few seconds. Changes nothing.</summary>
    public async Task<StepState> CheckAsync(IHostShell host, PackageSet packages, bool mayInstall, CancellationToken cancellationToken)
    {
        var (family, missing) = await FindMissingAsync(host, packages, cancellationToken);
        if (family is not ("apt" or "dnf"))
        {
            return new StepState(StepStatus.Blocked, "the machine has neither apt nor dnf: only Debian, Ubuntu, RHEL and their like can be prepared");
        }

        if (missing.Count == 0)
        {
            return new StepState(StepStatus.Ready, "all packages are installed");
        }

        var (job, _) = await jobs.WatchAsync(host, Job(packages), Patience, ["true"], cancellationToken);
        if (job.Phase == JobPhase.Running)
        {
            return Installing(missing, attempts.GetValueOrDefault((host.Name, packages.Purpose)));
        }

        return mayInstall
            ? new StepState(StepStatus.Drifted, $"packages are missing: {string.Join(", ", missing)}")
            : new StepState(StepStatus.Blocked, $"packages are missing: {string.Join(", ", missing)}; install them, or set spec.preparation.packages to Managed");
    }

    /// <summary>Starts the installation of what is missing, or follows one that runs.</summary>
    public async Task<StepState> ApplyAsync(IHostShell host, PackageSet packages, CancellationToken cancellationToken)
    {
        var name = Job(packages);
        var key = (host.Name, packages.Purpose);
        var job = await jobs.ReadAsync(host, name, cancellationToken);
        var (family, missing) = await FindMissingAsync(host, packages, cancellationToken);
        if (missing.Count == 0)
        {
            attempts.TryRemove(key, out _);
            if (job.Ended)
            {
                await jobs.ForgetAsync(host, name, cancellationToken);
            }

            return new StepState(StepStatus.Ready, "all packages are installed");
        }

        var attempt = attempts.GetValueOrDefault(key) ?? new Attempt();
        if (job.Phase == JobPhase.Running)
        {
            return Installing(missing, attempt);
        }

        if (job.Ended)
        {
            if (attempt.IsOpen)
            {
                attempt = attempt.Failed(Reason(job), Removals(job), clock.GetUtcNow());
                attempts[key] = attempt;
            }

            if (clock.GetUtcNow() < attempt.NotBefore)
            {
                return attempt.Removals is { } removals
                    ? Refused(packages, missing, removals)
                    : new StepState(StepStatus.Failed, $"the packages {string.Join(", ", missing)} could not be installed: {attempt.Reason}; it is tried again");
            }

            await jobs.ForgetAsync(host, name, cancellationToken);
        }

        IReadOnlyList<string> command = family == "apt"
            ? [.. Alone, "/bin/sh", "-c", AptScript, "kvm-operator", .. missing]
            : [.. Alone, "dnf", "-y", "-q", "--setopt=install_weak_deps=False", "install", .. missing];
        await jobs.StartAsync(host, name, command, new JobOptions { Timeout = InstallationLimit }, cancellationToken);
        attempts[key] = attempt with { IsOpen = true };
        return Installing(missing, attempt);
    }

    private static JobName Job(PackageSet packages) => new("packages", packages.Purpose);

    private static StepState Refused(PackageSet packages, IEnumerable<string> missing, string removals) => new(
        StepStatus.Blocked,
        $"installing {string.Join(", ", missing)} would take these packages away, and none is removed here: {removals}. Remove them yourself (apt-get remove {removals})"
        + (packages.Instead is { } instead ? $", or {instead}" : string.Empty));

    private static StepState Installing(IEnumerable<string> missing, Attempt? attempt) => new(
        StepStatus.InProgress,
        $"packages are being installed: {string.Join(", ", missing)}" + (attempt is { Reason: { } reason, Removals: null } ? $"; the last time that failed: {reason}" : string.Empty));

    private static async Task<(string Family, IReadOnlyList<string> Missing)> FindMissingAsync(IHostShell host, PackageSet packages, CancellationToken cancellationToken)
    {
        var output = await host.ReadAsync(RemoteCommand.Script(MissingScript, [.. packages.Apt, "--", .. packages.Dnf]), cancellationToken);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (lines.FirstOrDefault() ?? string.Empty, [.. lines.Skip(1)]);
    }

    /// <summary>apt and dnf 4 mark what is wrong; dnf 5 only says it.</summary>
    private static string Reason(JobState job) =>
        Lines(job.Error + "\n" + job.Output).LastOrDefault(line => line.StartsWith("E:", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal))
        ?? Lines(job.Error).LastOrDefault()
        ?? $"the installation ended with {job.Reason}";

    /// <summary>The packages that would have to go; null when none would.</summary>
    private static string? Removals(JobState job) =>
        Lines(job.Error).LastOrDefault() is { } last && last.StartsWith(RemovesWord, StringComparison.Ordinal) ? last[RemovesWord.Length..] : null;

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What is known of the tries on one machine. After a restart of the operator an ended job counts as the first one.</summary>
    private sealed record Attempt
    {
        /// <summary>True until the end of the job was seen.</summary>
        public bool IsOpen { get; init; } = true;

        public int Failures { get; init; }

        public DateTimeOffset NotBefore { get; init; }

        public string? Reason { get; init; }

        /// <summary>The packages that would have to go; null when that was not the reason.</summary>
        public string? Removals { get; init; }

        /// <summary>What waits for a person is tried again soon: the answer is on the machine.</summary>
        public Attempt Failed(string reason, string? removals, DateTimeOffset now) => this with
        {
            IsOpen = false,
            Failures = removals is null ? Failures + 1 : 0,
            NotBefore = now + (removals is null ? FirstWait * (1 << Math.Min(Failures, MostDoublings)) : FirstWait),
            Reason = reason,
            Removals = removals,
        };
    }
}
