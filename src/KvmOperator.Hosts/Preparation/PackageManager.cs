using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Installs packages with apt or dnf, in a job, because it takes minutes. Never removes any.</summary>
internal sealed class PackageManager(IHostJobs jobs)
{
    /// <summary>The arguments are apt's names, <c>--</c>, dnf's names. Prints the family, then each missing package.</summary>
    private const string MissingScript =
        """
        apt= dnf=
        while [ "$1" != -- ]; do apt="$apt $1"; shift; done
        shift
        dnf=$*
        if command -v apt-get >/dev/null; then
          echo apt
          for name in $apt; do dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"; done
        elif command -v dnf >/dev/null; then
          echo dnf
          for name in $dnf; do rpm -q --quiet --whatprovides "$name" || echo "$name"; done
        else
          echo none
        fi
        """;

    private const string AptScript =
        """
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q -o DPkg::Lock::Timeout=600 update &&
          apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --no-install-recommends install "$@"
        """;

    private static readonly TimeSpan InstallationLimit = TimeSpan.FromMinutes(30);

    /// <summary>Names what is missing. Changes nothing.</summary>
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

        if ((await jobs.ReadAsync(host, Job(packages), cancellationToken)).Phase == JobPhase.Running)
        {
            return Installing(missing);
        }

        return mayInstall
            ? new StepState(StepStatus.Drifted, $"packages are missing: {string.Join(", ", missing)}")
            : new StepState(StepStatus.Blocked, $"packages are missing: {string.Join(", ", missing)}; install them, or set spec.preparation.packages to Managed");
    }

    /// <summary>Starts the installation of what is missing, or follows one that runs.</summary>
    public async Task<StepState> ApplyAsync(IHostShell host, PackageSet packages, CancellationToken cancellationToken)
    {
        var name = Job(packages);
        var job = await jobs.ReadAsync(host, name, cancellationToken);
        if (job.Ended)
        {
            await jobs.ForgetAsync(host, name, cancellationToken);
        }

        if (job.Phase == JobPhase.Failed)
        {
            return new StepState(StepStatus.Drifted, $"the packages could not be installed: {LastLine(job)}");
        }

        var (family, missing) = await FindMissingAsync(host, packages, cancellationToken);
        if (missing.Count == 0)
        {
            return new StepState(StepStatus.Ready, "all packages are installed");
        }

        if (job.Phase != JobPhase.Running)
        {
            IReadOnlyList<string> command = family == "apt"
                ? ["/bin/sh", "-c", AptScript, "kvm-operator", .. missing]
                : ["dnf", "-y", "-q", "--setopt=install_weak_deps=False", "install", .. missing];
            await jobs.StartAsync(host, name, command, new JobOptions { Timeout = InstallationLimit }, cancellationToken);
        }

        return Installing(missing);
    }

    private static JobName Job(PackageSet packages) => new("packages", packages.Purpose);

    private static StepState Installing(IEnumerable<string> missing) => new(StepStatus.InProgress, $"packages are being installed: {string.Join(", ", missing)}");

    private static async Task<(string Family, IReadOnlyList<string> Missing)> FindMissingAsync(IHostShell host, PackageSet packages, CancellationToken cancellationToken)
    {
        var output = await host.ReadAsync(RemoteCommand.Script(MissingScript, [.. packages.Apt, "--", .. packages.Dnf]), cancellationToken);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (lines.FirstOrDefault() ?? string.Empty, [.. lines.Skip(1)]);
    }

    private static string LastLine(JobState job) =>
        (job.Error + "\n" + job.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(line => line.StartsWith("E:", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal))
        ?? $"the installation ended with {job.Reason}";
}
