using System.Diagnostics;
using KvmOperator.Hosts.Fencing;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.Ssh;
using KvmOperator.HostTests.VirtualMachines;
using Xunit;

namespace KvmOperator.HostTests.Fencing;

/// <summary>The fence's script against a real NFS server and a host that is frozen in the middle of its writes. No operator runs meanwhile: what is shown is the fence's.</summary>
public sealed class StorageFenceScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Mount = "/var/lib/libvirt/images";
    private const string Guest = "web";

    private static readonly TimeSpan CountDeadline = TimeSpan.FromMinutes(3);

    private readonly StorageFencing fencing = new();

    [Fact]
    public async Task A_frozen_host_is_shut_out_its_guest_runs_elsewhere_and_after_the_thaw_nothing_of_the_old_one_is_written()
    {
        var failed = (await RunningGuestAsync(Guest)).Status!.Host!;
        var other = Other(failed);
        await UntilItCountsAsync(failed, Guest);
        await Lab.StopOperatorAsync(CancellationToken);
        await using var storage = ShellFactory.Create(await Lab.ConnectionToAsync("storage", CancellationToken));
        var order = new StorageFenceOrder("20260101-000000", failed, 1, [Address(failed)])
        {
            ClientName = (await Lab.Machines.RunAsync(failed, "hostname", CancellationToken)).Output.Trim(), Paths = [OperatorLab.ExportPath], Controls = [Address(other)],
        };

        await Lab.Machines.VerbAsync(CancellationToken, "freeze", failed);
        var read = await fencing.FenceAsync(storage, order, CancellationToken);
        AssertShutOut(order, read);
        Assert.NotEmpty(read.Expired);
        Assert.True(read.IsSettled);

        await Lab.Machines.RunAsync(other, $"virsh define {Mount}/{Domain(Guest)}/.kept/domain.xml && virsh start {Domain(Guest)}", CancellationToken, MoveDeadline);
        await using var console = GuestConsole.Watch(Lab.Machines, other, Domain(Guest), Stopwatch.StartNew());
        await console.UntilMoreAsync(3, CountDeadline, CancellationToken);

        // Its next write is denied: the old guest stands still, and the new one counts on without a gap.
        await Lab.Machines.VerbAsync(CancellationToken, "thaw", failed);
        await KvmLab.UntilAsync(
            "the old guest stands still", async () => (await Lab.Machines.TryRunAsync(failed, $"virsh -r domstate {Domain(Guest)}", CancellationToken)).Output.Contains("paused", StringComparison.Ordinal), CountDeadline, CancellationToken);
        await console.UntilMoreAsync(10, CountDeadline, CancellationToken);
        var numbers = console.Readings.Select(entry => entry.Reading.Number).ToList();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
        AssertShutOut(order, await fencing.VerifyAsync(storage, order, CancellationToken));

        // Who resumes it gets the same answer again.
        await Lab.Machines.TryRunAsync(failed, $"virsh resume {Domain(Guest)}", CancellationToken);
        await console.UntilMoreAsync(3, CountDeadline, CancellationToken);
        AssertShutOut(order, await fencing.VerifyAsync(storage, order, CancellationToken));

        await Lab.Machines.RunAsync(failed, $"virsh destroy {Domain(Guest)} && virsh undefine {Domain(Guest)} --nvram && umount {Mount}", CancellationToken, MoveDeadline);
        await fencing.UnfenceAsync(storage, order, CancellationToken);
        Assert.Empty((await fencing.VerifyAsync(storage, order, CancellationToken)).FailoverId);
        await Lab.StartOperatorAsync(CancellationToken);
        await Lab.PoolIsReadyAsync(CancellationToken);
    }

    private static string Address(string host) => host == "node1" ? "192.168.122.100" : "192.168.122.200";

    private static void AssertShutOut(StorageFenceOrder order, StorageFenceReading read)
    {
        Assert.Equal(order.FailoverId, read.FailoverId);
        Assert.Equal(read.BootBefore, read.Boot);
        Assert.Empty(read.Exports);
        Assert.Empty(read.CacheEntries);
        Assert.Empty(read.Clients);
        Assert.True(read.HasControl);
    }
}
