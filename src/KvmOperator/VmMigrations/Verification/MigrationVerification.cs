using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Planning.Migrations;
using Microsoft.Extensions.Logging;
using HostsProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.VmMigrations.Verification;

/// <summary>Finds out where a guest is after its move, and removes the definition that is left on the other host.</summary>
internal sealed class MigrationVerification(IMigrationHosts hosts, IMigrations migrations, IHostJobs jobs, ILogger<MigrationVerification> logger)
{
    /// <summary>Asks both hosts; one whose KvmHost is gone has nothing of the guest. All exceptions of <see cref="IMigrationHosts.LookAsync"/> apply: then nothing is known.</summary>
    public async Task<MigrationVerdict> JudgeAsync(VmMigration move, CancellationToken cancellationToken)
    {
        var identity = hosts.Identity(move);
        var (source, target) = (move.Status!.SourceHost!, move.Status.TargetHost!);
        var (fromSource, fromTarget) = (await ShellAsync(source, cancellationToken), await ShellAsync(target, cancellationToken));

        // Whoever asks has seen the job's end, and it cannot begin again, so everything is asked at once.
        var reading = fromSource is null ? Task.FromResult(JobState.Missing) : jobs.ReadAsync(fromSource, VmMigrationJob.Name(move), cancellationToken);
        var looking = LookAsync(fromSource, fromTarget, identity, cancellationToken);
        var completing = fromTarget is null ? Task.FromResult<HostsProgress?>(null) : migrations.ReadCompletedAsync(fromTarget, identity, cancellationToken);
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
            looks = await LookAsync(fromSource, fromTarget, identity, cancellationToken);
            if (!await CleanAsync(looks, identity, fromSource, fromTarget, cancellationToken))
            {
                return new MigrationVerdict(MigrationOutcome.Unknown, null, job);
            }
        }

        // What waits for the memory of a host that was let go waits in vain: libvirt ends it, or a person does.
        var (onSource, onTarget) = (looks.Source.OnHost(), looks.Target.OnHost());
        var isHalf = onSource is not { IsActive: true } && MigrationOutcomes.IsArriving(onTarget) && (onSource is not null || fromSource is null);
        var outcome = isHalf ? MigrationOutcome.Unknown : MigrationOutcomes.Judge(onSource, onTarget);
        var wasLive = outcome == MigrationOutcome.OnTarget && looks.Target is { IsActive: true };
        return new MigrationVerdict(outcome, wasLive && (await completing)?.Downtime is { } downtime ? (long)downtime.TotalMilliseconds : null, job)
        {
            // From a host that was let go nothing comes any more, whether the target has noticed that or not.
            PostCopyBroke = MigrationOutcomes.PostCopyBroke(onSource, onTarget) || (fromSource is null && looks.Target is { InPostCopy: true }),
            HalfArrived = isHalf,
            GoneHosts = [.. fromSource is null ? [source] : Array.Empty<string>(), .. fromTarget is null ? [target] : Array.Empty<string>()],
        };
    }

    /// <summary>Removes the job's result after the outcome was written down. A source whose KvmHost is gone keeps it.</summary>
    public async Task ForgetAsync(VmMigration move, CancellationToken cancellationToken)
    {
        if (await ShellAsync(move.Status!.SourceHost!, cancellationToken) is { } source)
        {
            await jobs.ForgetAsync(source, VmMigrationJob.Name(move), cancellationToken);
        }
    }

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

    /// <summary>Has the guest's domain remember that a move is over. Nothing depends on it at once: a host that does not answer does not remember it.</summary>
    /// <param name="move">The move.</param>
    /// <param name="host">Where the guest is.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task TryRememberAsync(VmMigration move, string host, VirtualMachine guest, CancellationToken cancellationToken)
    {
        try
        {
            await hosts.RememberAsync(host, hosts.Identity(move), MoveMarks.Of(move, guest), cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            logger.LogInformation("{Host} does not remember the move {Move}: {Reason}", host, move.Name(), exception.Message);
        }
    }

    /// <returns>Null when its KvmHost is gone.</returns>
    private async Task<IHostShell?> ShellAsync(string name, CancellationToken cancellationToken) =>
        await hosts.IsGoneAsync(name, cancellationToken) ? null : await hosts.ShellAsync(name, cancellationToken);

    private async Task<(DomainObservation? Source, DomainObservation? Target)> LookAsync(IHostShell? source, IHostShell? target, DomainIdentity identity, CancellationToken cancellationToken)
    {
        var looks = await Task.WhenAll(LookAsync(source, identity, cancellationToken), LookAsync(target, identity, cancellationToken));
        return (looks[0], looks[1]);
    }

    private Task<DomainObservation?> LookAsync(IHostShell? host, DomainIdentity identity, CancellationToken cancellationToken) =>
        host is null ? Task.FromResult<DomainObservation?>(null) : hosts.LookAsync(host.Name, identity, cancellationToken);

    /// <summary>Removes the definition that is left where the guest is not, unless it is the last one.</summary>
    /// <returns>False when its guest was started in between.</returns>
    private async Task<bool> CleanAsync(
        (DomainObservation? Source, DomainObservation? Target) looks, DomainIdentity identity, IHostShell? source, IHostShell? target, CancellationToken cancellationToken) =>
        MigrationOutcomes.Judge(looks.Source.OnHost(), looks.Target.OnHost()) switch
        {
            MigrationOutcome.OnTarget when looks is { Source: not null, Target.IsActive: true } && !await migrations.IsPersistentAsync(target!, identity, cancellationToken) => true,
            MigrationOutcome.OnTarget when looks.Source is not null => await migrations.RemoveLeftoverAsync(source!, identity, cancellationToken),
            MigrationOutcome.OnSource when looks.Target is not null => await migrations.RemoveLeftoverAsync(target!, identity, cancellationToken),
            _ => true,
        };
}
