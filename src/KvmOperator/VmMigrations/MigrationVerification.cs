using k8s.Models;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.VmMigrations;

/// <summary>Finds out where a guest is after its move, and removes the definition that is left on the other host.</summary>
internal sealed class MigrationVerification(IMigrationHosts hosts, IMigrations migrations, IHostJobs jobs, ILogger<MigrationVerification> logger)
{
    /// <summary>Asks both hosts. All exceptions of <see cref="IMigrationHosts.LookAsync"/> apply: then nothing is known.</summary>
    public async Task<MigrationVerdict> JudgeAsync(VmMigration move, CancellationToken cancellationToken)
    {
        var identity = hosts.Identity(move);
        var (source, target) = (move.Status!.SourceHost!, move.Status.TargetHost!);
        var job = await jobs.ReadAsync(await hosts.ShellAsync(source, cancellationToken), VmMigrationJob.Name(move), cancellationToken);
        if (job.Phase == JobPhase.Running)
        {
            return new MigrationVerdict(MigrationOutcome.Unknown, null, job);
        }

        var (outcome, onTarget) = await LookAsync(source, target, identity, cancellationToken);
        if (outcome is null)
        {
            // It was started since the look, on the host that seemed not to need it any more: what was seen is not true any more.
            (outcome, onTarget) = await LookAsync(source, target, identity, cancellationToken);
        }

        if (outcome != MigrationOutcome.OnTarget || onTarget is not { IsActive: true })
        {
            return new MigrationVerdict(outcome ?? MigrationOutcome.Unknown, null, job);
        }

        var completed = await migrations.ReadCompletedAsync(await hosts.ShellAsync(target, cancellationToken), identity, cancellationToken);
        return new MigrationVerdict(MigrationOutcome.OnTarget, completed?.Downtime is { } downtime ? (long)downtime.TotalMilliseconds : null, job);
    }

    /// <summary>Removes the job's result after the outcome was written down.</summary>
    public async Task ForgetAsync(VmMigration move, CancellationToken cancellationToken) =>
        await jobs.ForgetAsync(await hosts.ShellAsync(move.Status!.SourceHost!, cancellationToken), VmMigrationJob.Name(move), cancellationToken);

    /// <summary>As <see cref="ForgetAsync"/>, when nothing depends on it: a host that does not answer, or is gone, keeps the result.</summary>
    public async Task TryForgetAsync(VmMigration move, CancellationToken cancellationToken)
    {
        try
        {
            await ForgetAsync(move, cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            logger.LogInformation("{Job} stays on {Host}: {Reason}", VmMigrationJob.Name(move), move.Status!.SourceHost, exception.Message);
        }
    }

    /// <summary>Looks at both hosts, and removes the definition that is left where the guest is not.</summary>
    /// <returns>No outcome when that definition's guest was started in between; and what the target has.</returns>
    private async Task<(MigrationOutcome? Outcome, DomainObservation? OnTarget)> LookAsync(string source, string target, DomainIdentity identity, CancellationToken cancellationToken)
    {
        var looks = await Task.WhenAll(hosts.LookAsync(source, identity, cancellationToken), hosts.LookAsync(target, identity, cancellationToken));
        var outcome = MigrationOutcomes.Judge(looks[0], looks[1]);
        var leftover = outcome switch
        {
            MigrationOutcome.OnTarget when looks[0] is not null => source,
            MigrationOutcome.OnSource when looks[1] is not null => target,
            _ => null,
        };
        var isClean = leftover is null || await migrations.RemoveLeftoverAsync(await hosts.ShellAsync(leftover, cancellationToken), identity, cancellationToken);
        return (isClean ? outcome : null, looks[1]);
    }
}
