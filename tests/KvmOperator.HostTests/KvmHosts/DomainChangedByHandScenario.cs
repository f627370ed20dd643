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

        await ToldAsync("a destroy", () => DestroyByHandAsync(Host, "xx"), () => StartByHandAsync(Host, "xx"));
        await ToldAsync("a start", () => StartByHandAsync(Host, "xx"), () => DestroyByHandAsync(Host, "xx"));

        // It was left as it was found: nobody else started or stopped it.
        Assert.Equal([Host], await HostsRunningAsync("xx"));
    }

    /// <summary>Makes a change that the host has to tell by itself. When a look at all of the host happened to see it first, the change is undone and made once more.</summary>
    private async Task ToldAsync(string what, Func<Task> change, Func<Task> undo)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            if (tries > 0)
            {
                await undo();
            }

            var (told, found) = (await ChangesAsync("told"), await ChangesAsync("look"));
            await change();
            if (await ChangesAsync("told") > told && await ChangesAsync("look") == found)
            {
                return;
            }
        }

        Assert.Fail($"{what} by hand was seen only by looks at the host");
    }

    /// <summary>How many changes of guests the operator has learned so.</summary>
    private Task<double> ChangesAsync(string source) => Lab.Operator!.MetricAsync($"kvm_operator_guest_changes_total{{host=\"{Host}\",source=\"{source}\"}}", CancellationToken);
}
