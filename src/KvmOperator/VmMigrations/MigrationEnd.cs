using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Planning.Migrations;
using KvmOperator.Reconciling;
using KvmOperator.VmMigrations.Verification;
using static KvmOperator.Reconciling.Outcome<KvmOperator.Api.VmMigrations.VmMigrationPhase>;

namespace KvmOperator.VmMigrations;

/// <summary>What comes after a move: both hosts are asked where the guest is, again until both have answered, and only then an outcome is written.</summary>
internal sealed class MigrationEnd(IMigrationHosts hosts, MigrationVerification verification)
{
    /// <summary>Asks both hosts. All exceptions of <see cref="MigrationVerification.JudgeAsync"/> apply.</summary>
    public async Task<Outcome<VmMigrationPhase>> VerifyingAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        var said = pass.Conditions.Find(CommonConditions.Succeeded);
        var verdict = await verification.JudgeAsync(pass.Move, cancellationToken);
        var (source, target) = (pass.Status.SourceHost, pass.Status.TargetHost);
        switch (verdict.Outcome)
        {
            case MigrationOutcome.Gone:
            case MigrationOutcome.OnTarget or MigrationOutcome.OnSource when verdict.PostCopyBroke:
                return Over(pass, new Fail(VmMigrationReasons.MigrationFailed, MigrationReports.Place(pass.Move, verdict)));
            case MigrationOutcome.OnTarget:
                pass.Status = pass.Status with
                {
                    DowntimeMilliseconds = verdict.DowntimeMilliseconds ?? pass.Status.DowntimeMilliseconds,
                    Progress = (pass.Status.Progress ?? new MigrationProgress()) with { Percent = 100, BytesRemaining = 0, EtaSeconds = null },
                };
                return Over(pass, new Done(VmMigrationReasons.Moved, $"moved from {source} to {target}"));
            case MigrationOutcome.OnSource:
                var (reason, why) = WhyItFailed(source, said, verdict.Job);
                return Over(pass, new Fail(reason, $"{why.TrimEnd('.')}. The guest is on {source} as before; a new VmMigration tries again."));
            case MigrationOutcome.Unknown when verdict.Job.Phase == JobPhase.Running:
                return new Stay(MigrationIntervals.AskAgain);
            default:
                var advice = MigrationReports.WhatToDo(pass.Move, verdict, hosts.Identity(pass.Move).Reference, hosts.Address(target!));
                return new Wait(VmMigrationReasons.OutcomeUnknown, advice, MigrationIntervals.AskAgain);
        }
    }

    /// <summary>The verdict is written first: nothing after it may take it back.</summary>
    private Outcome<VmMigrationPhase> Over(MigrationPass pass, Outcome<VmMigrationPhase> outcome) => outcome with
    {
        Then = async cancellationToken =>
        {
            if (outcome is Done && pass.Machine is { } guest)
            {
                await verification.TryRememberAsync(pass.Move, pass.Status.TargetHost!, guest, cancellationToken);
            }

            await verification.TryForgetAsync(pass.Move, cancellationToken);
            return null;
        },
    };

    /// <summary>A host that did not answer in between may have overwritten what was said, so it is found out again from what lasts.</summary>
    private static (string Reason, string Message) WhyItFailed(string? source, V1Condition? said, JobState job)
    {
        if (said?.Reason is VmMigrationReasons.TimedOut or VmMigrationReasons.MigrationFailed)
        {
            return (said.Reason, said.Message);
        }

        return job.Phase == JobPhase.Failed
            ? (VmMigrationReasons.MigrationFailed, VmMigrationJob.Error(job))
            : (VmMigrationReasons.MigrationFailed, $"the move ended without a word; {source} may have been restarted");
    }
}
