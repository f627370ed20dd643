using k8s.Models;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VmMigrations;

/// <summary>Finds out where a guest is after its move, and removes the definition that is left on the other host.</summary>
internal sealed class MigrationVerification(MigrationHosts hosts, IMigrations migrations, IDomains domains, IHostJobs jobs)
{
    /// <summary>Asks both hosts. All exceptions of <see cref="MigrationHosts.LookAsync"/> apply: then nothing is known.</summary>
    public async Task<MigrationVerdict> JudgeAsync(VmMigration move, CancellationToken cancellationToken)
    {
        var identity = hosts.Identity(move);
        var (source, target) = (move.Status!.SourceHost!, move.Status.TargetHost!);
        var job = await jobs.ReadAsync(await hosts.ShellAsync(source, cancellationToken), VmMigrationJob.Name(move), cancellationToken);
        if (job.Phase == JobPhase.Running)
        {
            return new MigrationVerdict(MigrationOutcome.Unknown, null, job);
        }

        var looks = await Task.WhenAll(hosts.LookAsync(source, identity, cancellationToken), hosts.LookAsync(target, identity, cancellationToken));
        var outcome = MigrationOutcomes.Judge(looks[0], looks[1]);
        switch (outcome)
        {
            case MigrationOutcome.OnTarget when looks[0] is not null:
                await domains.UndefineAsync(await hosts.ShellAsync(source, cancellationToken), identity, cancellationToken);
                break;
            case MigrationOutcome.OnSource when looks[1] is not null:
                await domains.UndefineAsync(await hosts.ShellAsync(target, cancellationToken), identity, cancellationToken);
                break;
        }

        if (outcome != MigrationOutcome.OnTarget || looks[1] is not { IsActive: true })
        {
            return new MigrationVerdict(outcome, null, job);
        }

        var completed = await migrations.ReadCompletedAsync(await hosts.ShellAsync(target, cancellationToken), identity, cancellationToken);
        return new MigrationVerdict(outcome, completed?.Downtime is { } downtime ? (long)downtime.TotalMilliseconds : null, job);
    }

    /// <summary>Removes the job's result after the outcome was written down.</summary>
    public async Task ForgetAsync(VmMigration move, CancellationToken cancellationToken) =>
        await jobs.ForgetAsync(await hosts.ShellAsync(move.Status!.SourceHost!, cancellationToken), VmMigrationJob.Name(move), cancellationToken);
}
