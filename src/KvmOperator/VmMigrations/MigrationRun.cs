using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Planning.Migrations;
using KvmOperator.Reconciling;
using static KvmOperator.Reconciling.Outcome<KvmOperator.Api.VmMigrations.VmMigrationPhase>;
using HostsProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.VmMigrations;

/// <summary>The move itself: its job is started on the source, or found there by its name, and followed to its end. All exceptions of <see cref="IMigrations"/> apply.</summary>
internal sealed class MigrationRun(IMigrationHosts hosts, IMigrations migrations)
{
    /// <summary>What libvirt takes by itself; it need not be told.</summary>
    private const int LibvirtsDowntime = 300;

    /// <summary>Starts the job unless it is there. A guest that is off is moved here and now.</summary>
    public async Task<Outcome<VmMigrationPhase>> PreparingAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (await hosts.IsGoneAsync(pass.Status.SourceHost!, cancellationToken))
        {
            return Gone(pass, pass.Status.SourceHost!);
        }

        var source = await hosts.ShellAsync(pass.Status.SourceHost!, cancellationToken);
        var identity = hosts.Identity(pass.Move);
        var (job, progress) = await migrations.WatchAsync(source, VmMigrationJob.Name(pass.Move), identity, MigrationIntervals.ConnectPatience, cancellationToken);
        if (job.Phase != JobPhase.Missing)
        {
            return Follow(pass, source, identity, job, progress);
        }

        if (pass.HasRunTooLong && pass.Conditions.Find(CommonConditions.Succeeded) is { Reason: VmMigrationReasons.OutcomeUnknown } tried)
        {
            // Only now it is sure that no try started a job.
            return pass.Verify(VmMigrationReasons.TimedOut, $"it could not be begun within spec.timeoutSeconds ({pass.Spec.TimeoutSeconds} s): {MigrationReports.Answer(tried.Message)}");
        }

        return await BeginAsync(pass, source, identity, seen: null, cancellationToken);
    }

    /// <summary>Starts the job of a guest that runs, in the pass that wrote this phase down: nobody else can have started it.</summary>
    public async Task<Outcome<VmMigrationPhase>> BeginAsync(MigrationPass pass, CancellationToken cancellationToken) =>
        await BeginAsync(pass, await hosts.ShellAsync(pass.Status.SourceHost!, cancellationToken), hosts.Identity(pass.Move), DomainState.Running, cancellationToken);

    /// <summary>Listens to the job for a moment.</summary>
    public async Task<Outcome<VmMigrationPhase>> RunningAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (await hosts.IsGoneAsync(pass.Status.SourceHost!, cancellationToken))
        {
            return Gone(pass, pass.Status.SourceHost!);
        }

        var source = await hosts.ShellAsync(pass.Status.SourceHost!, cancellationToken);
        var identity = hosts.Identity(pass.Move);
        var (job, progress) = await migrations.WatchAsync(source, VmMigrationJob.Name(pass.Move), identity, MigrationIntervals.WatchPatience, cancellationToken);
        if (job.Phase == JobPhase.Running && await hosts.IsGoneAsync(pass.Status.TargetHost!, cancellationToken))
        {
            // A guest must not arrive where nobody would look for it.
            await migrations.AbortAsync(source, identity, cancellationToken);
        }

        return Follow(pass, source, identity, job, progress);
    }

    /// <param name="pass">The pass.</param>
    /// <param name="source">The host that has the guest.</param>
    /// <param name="identity">The guest.</param>
    /// <param name="seen">How it was seen a moment ago; null asks for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<Outcome<VmMigrationPhase>> BeginAsync(MigrationPass pass, IHostShell source, DomainIdentity identity, DomainState? seen, CancellationToken cancellationToken)
    {
        if (await hosts.IsGoneAsync(pass.Status.TargetHost!, cancellationToken))
        {
            return Gone(pass, pass.Status.TargetHost!);
        }

        try
        {
            switch (seen ?? await hosts.StateAsync(source, identity, cancellationToken))
            {
                case null:
                    return pass.Verify(VmMigrationReasons.MigrationFailed, $"there is no domain {identity} on {pass.Status.SourceHost} any more");
                case DomainState.ShutOff:
                    var target = await hosts.ShellAsync(pass.Status.TargetHost!, cancellationToken);
                    return await migrations.MoveStoppedAsync(source, target, identity, cancellationToken)
                        ? pass.Verify(CommonReasons.InProgress, "both hosts are asked where the guest is")
                        : pass.Verify(VmMigrationReasons.MigrationFailed, "the guest was started while it was to be moved off");
            }

            var job = await migrations.StartAsync(source, VmMigrationJob.Name(pass.Move), identity, Options(pass), cancellationToken);
            return job.Phase == JobPhase.Running ? new Stay(MigrationIntervals.Watch) : Follow(pass, source, identity, job, null);
        }
        catch (Exception refused) when (refused is HostRefusedException or DomainMissingException or DomainNotOwnedException)
        {
            // It would be refused again and again, and nobody else may touch the guest meanwhile.
            return pass.Verify(VmMigrationReasons.MigrationFailed, refused.Message);
        }
    }

    /// <summary>A host that was let go has nothing of the guest any more: the other one tells how the move ended.</summary>
    private static Outcome<VmMigrationPhase> Gone(MigrationPass pass, string host) => pass.Verify(VmMigrationReasons.MigrationFailed, $"there is no KvmHost {host} any more");

    private MigrationOptions Options(MigrationPass pass) => new(hosts.Address(pass.Status.TargetHost!))
    {
        AutoConverge = pass.Spec.AutoConverge,
        PostCopy = pass.Spec.PostCopy,
        AllowUnsafe = pass.Spec.AllowUnsafe,
        BandwidthMebiBytesPerSecond = pass.Spec.BandwidthMiBPerSecond > 0 ? pass.Spec.BandwidthMiBPerSecond : null,
        MaximumDowntime = pass.Spec.MaxDowntimeMilliseconds == LibvirtsDowntime ? null : TimeSpan.FromMilliseconds(pass.Spec.MaxDowntimeMilliseconds),
    };

    /// <summary>Says how far the job is, and ends what takes too long.</summary>
    private Outcome<VmMigrationPhase> Follow(MigrationPass pass, IHostShell source, DomainIdentity identity, JobState job, HostsProgress? progress)
    {
        var conditions = pass.Conditions;
        if (job.Phase != JobPhase.Running)
        {
            // What was said about the time that was up is the better explanation of the end.
            return job.Phase == JobPhase.Failed && conditions.Find(CommonConditions.Succeeded) is not { Reason: VmMigrationReasons.TimedOut }
                ? pass.Verify(VmMigrationReasons.MigrationFailed, VmMigrationJob.Error(job))
                : MigrationPass.Next(VmMigrationPhase.Verifying);
        }

        if (progress is not null)
        {
            MigrationReports.Tell(conditions, pass.Spec, progress);
            pass.Status = pass.Status with { Progress = MigrationReports.Progress(pass.Status.Progress, progress, pass.Now) };
        }

        // What was said about a host that answers again is over, and about a time that is up is not.
        if (conditions.Find(CommonConditions.Succeeded) is not { Reason: VmMigrationReasons.TimedOut })
        {
            conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, MigrationReports.Doing(conditions, pass.Status, pass.Now));
        }

        if (progress is not null && pass.Status.Phase == VmMigrationPhase.Preparing)
        {
            return new Advance(VmMigrationPhase.Running, MigrationIntervals.Watch);
        }

        return MigrationPolicy.Next(pass.Spec.PostCopy, MigrationReports.Pace(pass.Status.Progress), MigrationReports.IsPostCopy(conditions), pass.HasRunTooLong) switch
        {
            MigrationStep.GiveUp => GiveUp(pass, source, identity),
            MigrationStep.PostCopy => GoPostCopy(pass, source, identity),
            _ => new Progress(MigrationIntervals.Watch),
        };
    }

    /// <summary>Ends a move whose time is up. It is said before it is done, and done again until the job is over: before the first byte libvirt has nothing to give up.</summary>
    private Outcome<VmMigrationPhase> GiveUp(MigrationPass pass, IHostShell source, DomainIdentity identity)
    {
        var conditions = pass.Conditions;
        var isSaid = conditions.Find(CommonConditions.Succeeded) is { Reason: VmMigrationReasons.TimedOut };
        if (!isSaid)
        {
            var why = conditions.Find(VmMigrationConditions.Converging) is { Status: "False" } converging ? $"; {converging.Message}" : string.Empty;
            conditions.Unknown(CommonConditions.Succeeded, VmMigrationReasons.TimedOut, $"it took longer than spec.timeoutSeconds ({pass.Spec.TimeoutSeconds} s) and was given up{why}");
        }

        return Said(isSaid) with { Then = AbortAsync };

        async Task<Outcome<VmMigrationPhase>?> AbortAsync(CancellationToken cancellationToken)
        {
            if (await migrations.AbortAsync(source, identity, cancellationToken))
            {
                return null;
            }

            // Somebody else let it go on at the target: there is no way back.
            conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, MigrationReports.Sending(pass.Status));
            return SayPostCopy(pass);
        }
    }

    /// <summary>Lets the guest go on at the target. It is said before it is done, and done again until the job is over.</summary>
    private Outcome<VmMigrationPhase> GoPostCopy(MigrationPass pass, IHostShell source, DomainIdentity identity) => (MigrationReports.IsPostCopy(pass.Conditions) ? Said(isSaid: true) : SayPostCopy(pass)) with
    {
        Then = async cancellationToken =>
        {
            await migrations.SwitchToPostCopyAsync(source, identity, cancellationToken);
            return null;
        },
    };

    private static Outcome<VmMigrationPhase> SayPostCopy(MigrationPass pass) =>
        Said(isSaid: false) with { Events = [(VmMigrationReasons.PostCopyStarted, MigrationReports.TellPostCopy(pass.Conditions, pass.Status.TargetHost))] };

    /// <summary>Something new is written at once, and figures now and then.</summary>
    private static Outcome<VmMigrationPhase> Said(bool isSaid) => isSaid ? new Progress(MigrationIntervals.Watch) : new Stay(MigrationIntervals.Watch);
}
