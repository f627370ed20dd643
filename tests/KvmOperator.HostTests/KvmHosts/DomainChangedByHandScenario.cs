using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>What a person does with virsh on a host is in the objects' status because the host told it, not because it was looked at again.</summary>
public sealed class DomainChangedByHandScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Host = "node1";

    /// <summary>A look that comes now and then may fall between any two moments, so one change that came with a look proves nothing.</summary>
    private const int Tries = 4;

    [Fact]
    public async Task A_destroy_and_a_start_by_hand_are_told_without_any_look_in_between()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", ByHand(Host)), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>("default/xx", "it is defined", one => one.Status.Is(VirtualMachineConditions.Defined), StartDeadline, CancellationToken);
        if ((await HostsRunningAsync("xx")).Count == 0)
        {
            await StartByHandAsync(Host, "xx");
        }

        await UntilToldAsync(Host, "xx", runs: true);

        Assert.True(await WithoutLookAsync(() => DestroyByHandAsync(Host, "xx"), () => StartByHandAsync(Host, "xx")), "each destroy by hand was told only after a look at the host");
        await StartByHandAsync(Host, "xx");
        Assert.True(
            await WithoutLookAsync(
                async () =>
                {
                    await DestroyByHandAsync(Host, "xx");
                    await StartByHandAsync(Host, "xx");
                },
                () => Task.CompletedTask),
            "a destroy and a start by hand were told only after a look at the host");

        // It was left as it was found: nobody else started or stopped it.
        Assert.Equal([Host], await HostsRunningAsync("xx"));
    }

    /// <summary>Whether a change is told while the host is not looked at. When a look came in between, the change is undone and made once more.</summary>
    private async Task<bool> WithoutLookAsync(Func<Task> change, Func<Task> undo)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            if (tries > 0)
            {
                await undo();
            }

            var before = await LooksAsync();
            await change();
            if (await LooksAsync() == before)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How often the operator has listed all that is on the host.</summary>
    private Task<double> LooksAsync() => Lab.Operator!.MetricAsync($"kvm_operator_host_full_looks_total{{host=\"{Host}\"}}", CancellationToken);
}
