using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;

namespace KvmOperator.VmwareImports;

/// <summary>The steps Boot and Verify: the guest is waited for, and it is looked for what shows that it works. The guest itself is the VirtualMachine's to start and to keep.</summary>
internal sealed class ImportProof(IImportHosts hosts, IGuestEvidenceReader evidences)
{
    /// <summary>Waits until the guest runs.</summary>
    public static async Task<TimeSpan?> BootAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        if (pass.Machine is not { } machine)
        {
            return await GoneAsync(pass, cancellationToken);
        }

        if (IsRunning(machine))
        {
            pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"the guest {machine.Name()} runs; it is looked for what shows that it works");
            return await pass.EnterAsync(ImportStep.Verify, cancellationToken);
        }

        // Why it does not run, and what to do, the VirtualMachine says: room on a host comes, and people mend the rest.
        var said = machine.Status?.Conditions.FirstOrDefault(condition => condition.Type == CommonConditions.Ready)?.Message;
        return await pass.WaitAsync(CommonReasons.InProgress, $"the guest {machine.Name()} is started{(said is null ? string.Empty : $": {said}")}", ImportIntervals.AskAgain, cancellationToken);
    }

    /// <summary>Looks at the guest, and judges.</summary>
    public async Task<TimeSpan?> VerifyAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        if (pass.Machine is not { } machine)
        {
            return await GoneAsync(pass, cancellationToken);
        }

        if (pass.Import.GetAnnotation(Annotations.ConfirmVerified) == pass.Import.Uid())
        {
            return await VerifiedAsync(pass, VmwareImportReasons.Confirmed, "a person has seen that the guest works", cancellationToken);
        }

        if (IsRunning(machine) && machine.Status?.Host is { } host)
        {
            var seen = await evidences.ReadAsync(await hosts.ShellAsync(host, cancellationToken), machine.Identity(), cancellationToken);
            pass.Status = pass.Status with
            {
                Evidence = (pass.Status.Evidence ?? new ImportEvidence()) with { GuestAgent = seen.AgentAnswers, Lease = seen.Lease, Arp = seen.Neighbour, WrittenBytes = seen.WrittenBytes },
            };
        }

        var elapsed = pass.Started(ImportStep.Verify) is { } since ? pass.Now - since : TimeSpan.Zero;
        var verdict = VerificationVerdict.Of(pass.Spec.Verify, pass.Status.Evidence ?? new ImportEvidence(), IsRunning(machine), elapsed, $"the annotation {Annotations.ConfirmVerified}: {pass.Import.Uid()}");
        switch (verdict.Outcome)
        {
            case VerificationOutcome.Verified:
                return await VerifiedAsync(pass, VmwareImportReasons.Imported, verdict.Message, cancellationToken);
            case VerificationOutcome.Failed:
                pass.Conditions.False(VmwareImportConditions.Verified, VmwareImportReasons.NotVerified, verdict.Message);
                return await pass.EndAsync(VmwareImportPhase.Failed, VmwareImportReasons.NotVerified, verdict.Message, cancellationToken);
            case VerificationOutcome.Unproven:
                pass.Conditions.Unknown(VmwareImportConditions.Verified, VmwareImportReasons.RunningUnproven, verdict.Message);
                return await pass.WaitAsync(VmwareImportReasons.RunningUnproven, verdict.Message, ImportIntervals.Person, cancellationToken);
            default:
                pass.Conditions.Unknown(VmwareImportConditions.Verified, CommonReasons.InProgress, verdict.Message);
                pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, verdict.Message);
                await pass.WriteProgressAsync(cancellationToken);
                return ImportIntervals.AskAgain;
        }
    }

    private static bool IsRunning(VirtualMachine machine) => machine.Status?.Conditions.Any(condition => condition is { Type: VirtualMachineConditions.Running, Status: "True" }) == true;

    private static Task<TimeSpan?> VerifiedAsync(ImportPass pass, string reason, string message, CancellationToken cancellationToken)
    {
        pass.Conditions.True(VmwareImportConditions.Verified, reason, message);
        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"the guest works: {message}");
        return pass.EnterAsync(ImportStep.Trim, cancellationToken);
    }

    private static Task<TimeSpan?> GoneAsync(ImportPass pass, CancellationToken cancellationToken) => pass.EndAsync(
        VmwareImportPhase.Failed, VmwareImportReasons.GuestGone, $"the VirtualMachine {pass.GuestKey.Name} was deleted before it was seen that the guest works. The source is as it was.", cancellationToken);
}
