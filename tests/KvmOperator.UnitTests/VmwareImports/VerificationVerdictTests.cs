using KvmOperator.Api.VmwareImports;
using KvmOperator.VmwareImports;
using Xunit;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>What is made of what was seen of a guest.</summary>
public sealed class VerificationVerdictTests
{
    private static readonly ImportEvidence Agent = new() { GuestAgent = true };
    private static readonly ImportEvidence Lease = new() { Lease = "192.168.122.7" };
    private static readonly ImportEvidence Neighbour = new() { Arp = "10.0.0.7", WrittenBytes = 4096 };

    [Fact]
    public void A_guest_that_shows_what_was_asked_for_works()
    {
        Assert.Equal("its agent answers", Verified(VerificationMethod.Any, Agent));
        Assert.Equal("it took the address 192.168.122.7 by DHCP", Verified(VerificationMethod.Any, Lease));
        Assert.Equal("its address 10.0.0.7 was seen on the network", Verified(VerificationMethod.Any, Neighbour));
        Assert.Equal("its agent answers", Verified(VerificationMethod.GuestAgent, Agent));
        Assert.Equal("it took the address 192.168.122.7 by DHCP", Verified(VerificationMethod.DhcpLease, Lease));
        Assert.Equal("it runs, and spec.verify asks for no more", Verified(VerificationMethod.None, new ImportEvidence()));
        Assert.Null(Verified(VerificationMethod.GuestAgent, Lease));
        Assert.Null(Verified(VerificationMethod.DhcpLease, Neighbour));
        Assert.Null(Verified(VerificationMethod.ConsoleText, Agent));
    }

    [Theory]
    [InlineData(true, 599, VerificationOutcome.Waiting)]
    [InlineData(false, 599, VerificationOutcome.Waiting)]
    [InlineData(true, 600, VerificationOutcome.Unproven)]
    [InlineData(false, 600, VerificationOutcome.Failed)]
    internal void One_that_shows_nothing_is_waited_for_and_then_a_person_is_asked(bool isRunning, int seconds, VerificationOutcome expected) =>
        Assert.Equal(expected, Judge(VerificationMethod.Any, new ImportEvidence { WrittenBytes = 1 }, isRunning, seconds).Outcome);

    [Fact]
    public void Writes_to_a_disk_prove_nothing_and_are_said()
    {
        var verdict = Judge(VerificationMethod.Any, new ImportEvidence { WrittenBytes = 4096 }, isRunning: true, 600);

        Assert.StartsWith("the guest runs and has written to its disks, and 600 s brought no sign of its agent or of an address", verdict.Message, StringComparison.Ordinal);
        Assert.EndsWith("write confirm on the import when it works", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_seen_before_it_stopped_proves_nothing() =>
        Assert.Equal(VerificationOutcome.Waiting, Judge(VerificationMethod.Any, Agent, isRunning: false, 10).Outcome);

    private static VerificationVerdict Judge(VerificationMethod method, ImportEvidence evidence, bool isRunning, int seconds) =>
        VerificationVerdict.Of(new ImportVerification { Method = method }, evidence, isRunning, TimeSpan.FromSeconds(seconds), "confirm");

    private static string? Verified(VerificationMethod method, ImportEvidence evidence) =>
        Judge(method, evidence, isRunning: true, 0) is { Outcome: VerificationOutcome.Verified } verdict ? verdict.Message : null;
}
