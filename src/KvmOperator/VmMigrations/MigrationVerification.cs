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
        var (fromSource, fromTarget) = (await hosts.ShellAsync(source, cancellationToken), await hosts.ShellAsync(target, cancellationToken));

        // Whoever asks has seen the job's end, and it cannot begin again, so everything is asked at once.
        var reading = jobs.ReadAsync(fromSource, VmMigrationJob.Name(move), cancellationToken);
        var looking = LookAsync(source, target, identity, cancellationToken);
        var completing = migrations.ReadCompletedAsync(fromTarget, identity, cancellationToken);
        await Task.WhenAll(reading, looking, completing);
        var job = await reading;
        if (job.Phase == JobPhase.Running)
        {
            return new MigrationVerdict(MigrationOutcome.Unknown, null, job);
        }

        var looks = await looking;
        if (!await CleanAsync(looks, identity, fromSource, fromTarget, cancellationToken))
        {
            // It was started since the look, on the host that seemed not to need it any more: what was seen is not true any more.
            looks = await LookAsync(source, target, identity, cancellationToken);
            if (!await CleanAsync(looks, identity, fromSource, fromTarget, cancellationToken))
            {
                return new MigrationVerdict(MigrationOutcome.Unknown, null, job);
            }
        }

        var outcome = MigrationOutcomes.Judge(looks.Source, looks.Target);
        var wasLive = outcome == MigrationOutcome.OnTarget && looks.Target is { IsActive: true };
        return new MigrationVerdict(outcome, wasLive && (await completing)?.Downtime is { } downtime ? (long)downtime.TotalMilliseconds : null, job)
        {
            PostCopyBroke = MigrationOutcomes.PostCopyBroke(looks.Source, looks.Target),
        };
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

    private async Task<(DomainObservation? Source, DomainObservation? Target)> LookAsync(string source, string target, DomainIdentity identity, CancellationToken cancellationToken)
    {
        var looks = await Task.WhenAll(hosts.LookAsync(source, identity, cancellationToken), hosts.LookAsync(target, identity, cancellationToken));
        return (looks[0], looks[1]);
    }

    /// <summary>Removes the definition that is left where the guest is not.</summary>
    /// <returns>False when its guest was started in between.</returns>
    private async Task<bool> CleanAsync(
        (DomainObservation? Source, DomainObservation? Target) looks, DomainIdentity identity, IHostShell source, IHostShell target, CancellationToken cancellationToken) =>
        MigrationOutcomes.Judge(looks.Source, looks.Target) switch
        {
            MigrationOutcome.OnTarget when looks.Source is not null => await migrations.RemoveLeftoverAsync(source, identity, cancellationToken),
            MigrationOutcome.OnSource when looks.Target is not null => await migrations.RemoveLeftoverAsync(target, identity, cancellationToken),
            _ => true,
        };
}
