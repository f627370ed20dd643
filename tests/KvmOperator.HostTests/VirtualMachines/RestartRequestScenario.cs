using System.Globalization;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>A person asks for a restart by annotation: it is done once, also when the operator is killed meanwhile and when Git applies the same again.</summary>
public sealed class RestartRequestScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task A_restart_is_done_once_and_not_again_for_the_same_value()
    {
        var before = await RunningGuestAsync("xx", "  terminationGracePeriodSeconds: 20");
        await UntilItCountsAsync(before.Status!.Host!, "xx");
        var value = $"restart@{TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}";
        await Cluster.KubectlAsync(CancellationToken, "annotate", "virtualmachine", "xx", $"{Annotations.Request}={value}");

        await Cluster.UntilAsync<VirtualMachine>("default/xx", "it was begun", one => one.Status!.LastRequest is not null, StartDeadline, CancellationToken);
        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        var after = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it was restarted", one => one.Status is { Phase: "Running", LastRequest.Phase: GuestRequestPhase.Done } && one.Status.Is(CommonConditions.Ready), StartDeadline, CancellationToken);
        Assert.True(after.Status!.StartTime > before.Status.StartTime);
        Assert.Equal("a restart was asked for", after.Status.LastStartReason);

        // The same value once more, and another reason to look at the guest.
        await Cluster.KubectlAsync(CancellationToken, "annotate", "--overwrite", "virtualmachine", "xx", $"{Annotations.Request}={value}", "another=one");
        await Lab.LookedAtAsync(after.Status.Host!, CancellationToken);
        Assert.Equal(after.Status.StartTime, (await Cluster.GetAsync<VirtualMachine>("default/xx", CancellationToken)).Status!.StartTime);
    }
}
