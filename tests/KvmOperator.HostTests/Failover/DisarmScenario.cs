using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>A person switched failover off for a while: a host that dies is told and left alone. When the word is taken back, what waited for it happens.</summary>
public sealed class DisarmScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task Nothing_is_started_elsewhere_while_it_is_switched_off_and_it_is_afterwards()
    {
        await ArmAsync();
        var failed = await CountingGuestAsync();
        await Cluster.KubectlAsync(
            CancellationToken, "-n", "kvm-operator", "create", "configmap", "kvm-operator-disarm", $"--from-literal=until={TimeProvider.System.GetUtcNow().AddHours(5):yyyy-MM-ddTHH:mm:ssZ}", "--from-literal=reason=the switch is changed");
        await Cluster.UntilAsync<KvmHost>(failed, "it is said that nothing would follow", seen => seen.Status.Condition(KvmHostConditions.Disarmed) is { Status: "True", Reason: KvmHostReasons.SwitchedOff }, FailoverDeadline, CancellationToken);

        await Lab.Machines.VerbAsync(CancellationToken, "crash", failed);
        var held = await UntilHeldAsync(failed, "Disarmed");
        Assert.Empty(held.Status!.Failures);
        await NothingIsFencedAsync();
        Assert.DoesNotContain(Domain(Guest), await Lab.RunningDomainsAsync(Other(failed), CancellationToken));

        await Cluster.KubectlAsync(CancellationToken, "-n", "kvm-operator", "delete", "configmap", "kvm-operator-disarm");
        await UntilRecoveredAsync(failed);
        await Lab.Machines.TryAsync(["start", failed], CancellationToken, ReturnDeadline);
        await UntilReturnedAsync(failed);
        await DisarmAsync();
    }
}
