using KvmOperator.Api.VmwareImports;

namespace KvmOperator.VmwareImports;

/// <summary>Says whether an imported guest works, by what was seen of it. Pure.</summary>
/// <param name="Outcome">What is made of it.</param>
/// <param name="Message">Why, and what to do about it.</param>
internal sealed record VerificationVerdict(VerificationOutcome Outcome, string Message)
{
    /// <summary>Judges.</summary>
    /// <param name="wanted">What has to be seen.</param>
    /// <param name="evidence">What was seen.</param>
    /// <param name="isRunning">Whether the guest runs.</param>
    /// <param name="elapsed">Since when it is looked at.</param>
    /// <param name="confirmation">What a person who has seen that the guest works writes on the import.</param>
    public static VerificationVerdict Of(ImportVerification wanted, ImportEvidence evidence, bool isRunning, TimeSpan elapsed, string confirmation)
    {
        if (isRunning && Proof(wanted.Method, evidence) is { } proof)
        {
            return new VerificationVerdict(VerificationOutcome.Verified, proof);
        }

        if (elapsed < TimeSpan.FromSeconds(wanted.TimeoutSeconds))
        {
            return new VerificationVerdict(VerificationOutcome.Waiting, isRunning ? $"the guest runs; it is waited for {Awaited(wanted.Method)}" : "the guest does not run");
        }

        return isRunning
            ? new VerificationVerdict(
                VerificationOutcome.Unproven,
                $"the guest runs{(evidence.WrittenBytes is > 0 ? " and has written to its disks" : string.Empty)}, and {wanted.TimeoutSeconds} s brought no {Awaited(wanted.Method)}: look at its console, and write {confirmation} on the import when it works")
            : new VerificationVerdict(VerificationOutcome.Failed, $"the guest does not run {wanted.TimeoutSeconds} s after its start: see the VirtualMachine and its console; its disks, and the source, are as they are");
    }

    private static string? Proof(VerificationMethod method, ImportEvidence evidence) => method switch
    {
        VerificationMethod.None => "it runs, and spec.verify asks for no more",
        VerificationMethod.GuestAgent => Agent(evidence),
        VerificationMethod.DhcpLease => Lease(evidence),
        VerificationMethod.Any => Agent(evidence) ?? Lease(evidence) ?? (evidence.Arp is { } address ? $"its address {address} was seen on the network" : null),
        _ => null,
    };

    private static string? Agent(ImportEvidence evidence) => evidence.GuestAgent == true ? "its agent answers" : null;

    private static string? Lease(ImportEvidence evidence) => evidence.Lease is { } address ? $"it took the address {address} by DHCP" : null;

    private static string Awaited(VerificationMethod method) => method switch
    {
        VerificationMethod.GuestAgent => "answer of its agent",
        VerificationMethod.DhcpLease => "address by DHCP",
        VerificationMethod.ConsoleText => "word of a person: its console is not read yet",
        _ => "sign of its agent or of an address",
    };
}
