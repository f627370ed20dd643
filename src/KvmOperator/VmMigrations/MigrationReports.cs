using KvmOperator.Api.VmMigrations;
using KvmOperator.Planning.Migrations;
using KvmOperator.Status;
using KvmOperator.VmMigrations.Verification;

using ApiProgress = KvmOperator.Api.VmMigrations.MigrationProgress;
using HostsProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.VmMigrations;

/// <summary>Says how far a move is. Pure.</summary>
internal static class MigrationReports
{
    private const string TriedAgain = " It is tried again until the host answers.";

    /// <summary>A move of which nothing has arrived for so long is not said to be under way: a slow network sends something, and libvirt connects within seconds.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(1);

    /// <summary>The progress; its percentage never goes back.</summary>
    /// <param name="before">What was known so far.</param>
    /// <param name="now">What libvirt says.</param>
    /// <param name="time">When it says so.</param>
    public static ApiProgress Progress(ApiProgress? before, HostsProgress now, DateTime time)
    {
        var gain = now.BytesPerSecond - now.DirtyBytesPerSecond;
        return new ApiProgress
        {
            Percent = Math.Max(before?.Percent ?? 0, now.Percent),
            BytesTotal = now.Total,
            BytesProcessed = now.Processed,
            LastSentTime = now.Processed > (before?.BytesProcessed ?? 0) ? time : before?.LastSentTime,
            BytesRemaining = now.Remaining,
            BytesPerSecond = now.BytesPerSecond,
            DirtyBytesPerSecond = now.DirtyBytesPerSecond,
            Iteration = now.Iteration,
            NotConvergingSinceIteration = Converges(now) ? null : before?.NotConvergingSinceIteration ?? now.Iteration,
            EtaSeconds = gain > 0 ? now.Remaining / gain : null,
        };
    }

    /// <summary>Says what a running move does, and what to do about one that does nothing.</summary>
    public static string Doing(ConditionList conditions, VmMigrationStatus status, DateTime now)
    {
        if (IsPostCopy(conditions))
        {
            // The guest is on the target by then, and ending it on either host costs it.
            return Sending(status);
        }

        var (source, target) = (status.SourceHost, status.TargetHost);
        if ((status.Progress?.LastSentTime ?? status.StartTime) is { } last && now - last >= Standstill)
        {
            return $"nothing has been sent from {source} to {target} since {last:HH:mm:ss} UTC, and the guest stays on {source}: see journalctl -u libvirtd -u virtqemud on both. It is given up when spec.timeoutSeconds are over; deleting this VmMigration gives it up now.";
        }

        return status.Progress is { BytesTotal: > 0 } ? Sending(status) : $"{source} connects to {target}";
    }

    /// <summary>Says that a move is under way.</summary>
    public static string Sending(VmMigrationStatus status) => $"memory is sent from {status.SourceHost} to {status.TargetHost}";

    /// <summary>How the memory is sent; null before the first byte.</summary>
    public static MigrationPace? Pace(ApiProgress? progress) => progress is null ? null : new MigrationPace(progress.Iteration, progress.NotConvergingSinceIteration);

    /// <summary>Whether it was said that the guest goes on at the target.</summary>
    public static bool IsPostCopy(ConditionList conditions) => conditions.Find(VmMigrationConditions.Converging) is { Reason: VmMigrationReasons.PostCopyStarted };

    /// <summary>Says that the guest goes on at the target; it stays said.</summary>
    /// <returns>What was said.</returns>
    public static string TellPostCopy(ConditionList conditions, string? target)
    {
        var message = $"it did not converge: the guest goes on at {target}, and the rest of its memory follows";
        conditions.False(VmMigrationConditions.Converging, VmMigrationReasons.PostCopyStarted, message);
        return message;
    }

    /// <summary>Says that a host did not answer, and that nothing needs to be done about it here.</summary>
    public static string NoAnswer(string message) => message.TrimEnd('.') + "." + TriedAgain;

    /// <summary>What stood in the way, when it is not tried again.</summary>
    public static string Answer(string noAnswer) => noAnswer.Replace(TriedAgain, string.Empty, StringComparison.Ordinal);

    /// <summary>Says where the guest is after the move, and in which state.</summary>
    /// <param name="move">The move.</param>
    /// <param name="verdict">What was found on both hosts; something is known.</param>
    public static string Place(VmMigration move, MigrationVerdict verdict)
    {
        if (verdict.Outcome == MigrationOutcome.Gone)
        {
            var why = verdict.GoneHosts.Count > 0 ? $" (there is no KvmHost {string.Join(" and no KvmHost ", verdict.GoneHosts)} any more, so what was there counts as lost)" : string.Empty;
            return $"the guest is on neither host{why}: see the VirtualMachine, which is looked for everywhere.";
        }

        var host = verdict.Outcome == MigrationOutcome.OnTarget ? move.Status!.TargetHost : move.Status!.SourceHost;
        return verdict.PostCopyBroke
            ? $"post-copy broke off, and the memory that was on the other host is lost: the guest stands still on {host} and cannot go on. End it there (virsh destroy), then it can be started again."
            : $"the guest is on {host}";
    }

    /// <summary>Says what a person can do when the hosts do not tell where the guest is after the move's end.</summary>
    /// <param name="move">The move.</param>
    /// <param name="verdict">What was found on both hosts; nothing is known.</param>
    /// <param name="domain">What virsh calls the guest.</param>
    /// <param name="address">The target's address.</param>
    public static string WhatToDo(VmMigration move, MigrationVerdict verdict, string domain, string address)
    {
        var (source, target) = (move.Status!.SourceHost, move.Status.TargetHost);
        if (verdict.HalfArrived)
        {
            return $"the guest waits on {target} for memory that {source} does not send any more, and nothing is touched. libvirt ends it within a minute; if not, end it there: virsh destroy {domain}";
        }

        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        return verdict.PostCopyBroke
            ? $"post-copy broke off: a part of the guest's memory is on {source} and a part on {target}, and ending it on either costs the guest. Mend the link, then resume it on {source}: "
                + $"virsh migrate --live --p2p --persistent --undefinesource --postcopy --postcopy-resume {domain} qemu+ssh://root@{host}/system tcp://{host}"
            : $"the guest is on {source} and on {target}, and the move is over: nothing is touched. See on both which one is right (virsh domstate --reason), and end the other with virsh destroy.";
    }

    /// <summary>Writes the condition about that.</summary>
    public static void Tell(ConditionList conditions, VmMigrationSpec spec, HostsProgress now)
    {
        // Without a total libvirt has begun, and QEMU has not.
        if (IsPostCopy(conditions) || now.Total == 0)
        {
            return;
        }

        if (Converges(now))
        {
            conditions.True(VmMigrationConditions.Converging, Api.CommonReasons.AsExpected, "memory is sent faster than it is written");
            return;
        }

        var help = (spec.AutoConverge, spec.PostCopy) switch
        {
            (false, false) => "spec.autoConverge slows the guest down, spec.postCopy lets it go on at the target before all memory is there; both need a new VmMigration",
            (true, false) => "it is being slowed down; spec.postCopy of a new VmMigration would end it",
            _ => $"it goes on at the target when that lasts {MigrationPolicy.PatientIterations} iterations, or the time of spec.timeoutSeconds is up",
        };
        conditions.False(VmMigrationConditions.Converging, VmMigrationReasons.NotConverging, $"the guest writes memory faster than it can be sent: {help}");
    }

    private static bool Converges(HostsProgress now) => MigrationPace.Converges(now.Iteration, now.BytesPerSecond, now.DirtyBytesPerSecond);
}
