using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Planning.Migrations;
using HostsProgress = KvmOperator.Hosts.Libvirt.MigrationProgress;

namespace KvmOperator.VmMigrations;

/// <summary>The move itself: its job is started on the source, or found there by its name, and followed to its end. All exceptions of <see cref="IMigrations"/> apply.</summary>
internal sealed class MigrationRun(IMigrationHosts hosts, IMigrations migrations)
{
    /// <summary>What libvirt takes by itself; it need not be told.</summary>
    private const int LibvirtsDowntime = 300;

    /// <summary>Starts the job unless it is there. A guest that is off is moved here and now.</summary>
    public async Task<TimeSpan?> PreparingAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (await hosts.IsGoneAsync(pass.Status.SourceHost!, cancellationToken))
        {
            return await GoneAsync(pass, pass.Status.SourceHost!, cancellationToken);
        }

        var source = await hosts.ShellAsync(pass.Status.SourceHost!, cancellationToken);
        var identity = hosts.Identity(pass.Move);
        var (job, progress) = await migrations.WatchAsync(source, VmMigrationJob.Name(pass.Move), identity, MigrationIntervals.ConnectPatience, cancellationToken);
        if (job.Phase != JobPhase.Missing)
        {
            return await FollowAsync(pass, source, identity, job, progress, cancellationToken);
        }

        if (pass.HasRunTooLong && pass.Conditions.Find(CommonConditions.Succeeded) is { Reason: VmMigrationReasons.OutcomeUnknown } tried)
        {
            // Only now it is sure that no try started a job.
            return await pass.VerifyAsync(
                VmMigrationReasons.TimedOut, $"it could not be begun within spec.timeoutSeconds ({pass.Spec.TimeoutSeconds} s): {MigrationReports.Answer(tried.Message)}", cancellationToken);
        }

        return await BeginAsync(pass, source, identity, seen: null, cancellationToken);
    }

    /// <summary>Starts the job of a guest that runs, in the pass that wrote this phase down: nobody else can have started it.</summary>
    public async Task<TimeSpan?> BeginAsync(MigrationPass pass, CancellationToken cancellationToken) =>
        await BeginAsync(pass, await hosts.ShellAsync(pass.Status.SourceHost!, cancellationToken), hosts.Identity(pass.Move), DomainState.Running, cancellationToken);

    /// <summary>Listens to the job for a moment.</summary>
    public async Task<TimeSpan?> RunningAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (await hosts.IsGoneAsync(pass.Status.SourceHost!, cancellationToken))
        {
            return await GoneAsync(pass, pass.Status.SourceHost!, cancellationToken);
        }

        var source = await hosts.ShellAsync(pass.Status.SourceHost!, cancellationToken);
        var identity = hosts.Identity(pass.Move);
        var (job, progress) = await migrations.WatchAsync(source, VmMigrationJob.Name(pass.Move), identity, MigrationIntervals.WatchPatience, cancellationToken);
        if (job.Phase == JobPhase.Running && await hosts.IsGoneAsync(pass.Status.TargetHost!, cancellationToken))
        {
            // A guest must not arrive where nobody would look for it.
            await migrations.AbortAsync(source, identity, cancellationToken);
        }

        return await FollowAsync(pass, source, identity, job, progress, cancellationToken);
    }

    /// <param name="pass">The pass.</param>
    /// <param name="source">The host that has the guest.</param>
    /// <param name="identity">The guest.</param>
    /// <param name="seen">How it was seen a moment ago; null asks for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<TimeSpan?> BeginAsync(MigrationPass pass, IHostShell source, DomainIdentity identity, DomainState? seen, CancellationToken cancellationToken)
    {
        if (await hosts.IsGoneAsync(pass.Status.TargetHost!, cancellationToken))
        {
            return await GoneAsync(pass, pass.Status.TargetHost!, cancellationToken);
        }

        try
        {
            switch (seen ?? await hosts.StateAsync(source, identity, cancellationToken))
            {
                case null:
                    return await pass.VerifyAsync(VmMigrationReasons.MigrationFailed, $"there is no domain {identity} on {pass.Status.SourceHost} any more", cancellationToken);
                case DomainState.ShutOff:
                    var target = await hosts.ShellAsync(pass.Status.TargetHost!, cancellationToken);
                    return await migrations.MoveStoppedAsync(source, target, identity, cancellationToken)
                        ? await pass.VerifyAsync(CommonReasons.InProgress, "both hosts are asked where the guest is", cancellationToken)
                        : await pass.VerifyAsync(VmMigrationReasons.MigrationFailed, "the guest was started while it was to be moved off", cancellationToken);
            }

            var job = await migrations.StartAsync(source, VmMigrationJob.Name(pass.Move), identity, Options(pass), cancellationToken);
            return job.Phase == JobPhase.Running ? MigrationIntervals.Watch : await FollowAsync(pass, source, identity, job, null, cancellationToken);
        }
        catch (Exception refused) when (refused is HostRefusedException or DomainMissingException or DomainNotOwnedException)
        {
            // It would be refused again and again, and nobody else may touch the guest meanwhile.
            return await pass.VerifyAsync(VmMigrationReasons.MigrationFailed, refused.Message, cancellationToken);
        }
    }

    /// <summary>A host that was let go has nothing of the guest any more: the other one tells how the move ended.</summary>
    private static Task<TimeSpan?> GoneAsync(MigrationPass pass, string host, CancellationToken cancellationToken) =>
        pass.VerifyAsync(VmMigrationReasons.MigrationFailed, $"there is no KvmHost {host} any more", cancellationToken);

    private MigrationOptions Options(MigrationPass pass) => new(hosts.Address(pass.Status.TargetHost!))
    {
        AutoConverge = pass.Spec.AutoConverge,
        PostCopy = pass.Spec.PostCopy,
        AllowUnsafe = pass.Spec.AllowUnsafe,
        BandwidthMebiBytesPerSecond = pass.Spec.BandwidthMiBPerSecond > 0 ? pass.Spec.BandwidthMiBPerSecond : null,
        MaximumDowntime = pass.Spec.MaxDowntimeMilliseconds == LibvirtsDowntime ? null : TimeSpan.FromMilliseconds(pass.Spec.MaxDowntimeMilliseconds),
    };

    /// <summary>Says how far the job is, and ends what takes too long.</summary>
    private async Task<TimeSpan?> FollowAsync(MigrationPass pass, IHostShell source, DomainIdentity identity, JobState job, HostsProgress? progress, CancellationToken cancellationToken)
    {
        var conditions = pass.Conditions;
        if (job.Phase != JobPhase.Running)
        {
            // What was said about the time that was up is the better explanation of the end.
            return job.Phase == JobPhase.Failed && conditions.Find(CommonConditions.Succeeded) is not { Reason: VmMigrationReasons.TimedOut }
                ? await pass.VerifyAsync(VmMigrationReasons.MigrationFailed, VmMigrationJob.Error(job), cancellationToken)
                : await pass.EnterAsync(VmMigrationPhase.Verifying, cancellationToken);
        }

        if (conditions.Find(CommonConditions.Succeeded) is { Reason: VmMigrationReasons.OutcomeUnknown })
        {
            // The host answers again.
            conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"memory is sent from {pass.Status.SourceHost} to {pass.Status.TargetHost}");
        }

        if (progress is not null)
        {
            MigrationReports.Tell(conditions, pass.Spec, progress);
            pass.Status = pass.Status with { Progress = MigrationReports.Progress(pass.Status.Progress, progress) };
            if (pass.Status.Phase == VmMigrationPhase.Preparing)
            {
                conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"memory is sent from {pass.Status.SourceHost} to {pass.Status.TargetHost}");
                return await pass.EnterAsync(VmMigrationPhase.Running, cancellationToken, MigrationIntervals.Watch);
            }
        }

        pass.Status = pass.Status with { Conditions = conditions.ToList() };
        switch (MigrationPolicy.Next(pass.Spec.PostCopy, MigrationReports.Pace(pass.Status.Progress), MigrationReports.IsPostCopy(conditions), pass.HasRunTooLong))
        {
            case MigrationStep.GiveUp:
                await GiveUpAsync(pass, source, identity, cancellationToken);
                break;
            case MigrationStep.PostCopy:
                await GoPostCopyAsync(pass, source, identity, cancellationToken);
                break;
            default:
                await pass.WriteProgressAsync(cancellationToken);
                break;
        }

        return MigrationIntervals.Watch;
    }

    /// <summary>Ends a move whose time is up. It is said before it is done, and done again until the job is over: before the first byte libvirt has nothing to give up.</summary>
    private async Task GiveUpAsync(MigrationPass pass, IHostShell source, DomainIdentity identity, CancellationToken cancellationToken)
    {
        var conditions = pass.Conditions;
        if (conditions.Find(CommonConditions.Succeeded) is not { Reason: VmMigrationReasons.TimedOut })
        {
            var why = conditions.Find(VmMigrationConditions.Converging) is { Status: "False" } converging ? $"; {converging.Message}" : string.Empty;
            conditions.Unknown(CommonConditions.Succeeded, VmMigrationReasons.TimedOut, $"it took longer than spec.timeoutSeconds ({pass.Spec.TimeoutSeconds} s) and was given up{why}");
            await pass.WriteAsync(cancellationToken);
        }
        else
        {
            await pass.WriteProgressAsync(cancellationToken);
        }

        if (!await migrations.AbortAsync(source, identity, cancellationToken))
        {
            // Somebody else let it go on at the target: there is no way back.
            conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"memory is sent from {pass.Status.SourceHost} to {pass.Status.TargetHost}");
            await TellPostCopyAsync(pass, cancellationToken);
        }
    }

    /// <summary>Lets the guest go on at the target. It is said before it is done, and done again until the job is over.</summary>
    private async Task GoPostCopyAsync(MigrationPass pass, IHostShell source, DomainIdentity identity, CancellationToken cancellationToken)
    {
        if (!MigrationReports.IsPostCopy(pass.Conditions))
        {
            await TellPostCopyAsync(pass, cancellationToken);
        }
        else
        {
            await pass.WriteProgressAsync(cancellationToken);
        }

        await migrations.SwitchToPostCopyAsync(source, identity, cancellationToken);
    }

    private static async Task TellPostCopyAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        var message = MigrationReports.TellPostCopy(pass.Conditions, pass.Status.TargetHost);
        await pass.WriteAsync(cancellationToken);
        pass.Publish(VmMigrationReasons.PostCopyStarted, message);
    }
}
