using System.Diagnostics;
using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.VirtualMachines;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>
/// A host stands still, with a guest in the middle of its writes, and goes on after the guest was started elsewhere. Nothing of the old one reaches the disk: the new one counts on without a gap, its file system is whole, and the old
/// one is ended before its host is let in.
/// </summary>
public sealed class FrozenHostScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task After_the_thaw_nothing_of_the_old_guest_is_written_and_it_is_ended()
    {
        await ArmAsync();
        var failed = await CountingGuestAsync();

        await Lab.Machines.VerbAsync(CancellationToken, "freeze", failed);
        await UntilRecoveredAsync(failed);
        await using var console = GuestConsole.Watch(Lab.Machines, Other(failed), Domain(Guest), Stopwatch.StartNew());
        await console.UntilMoreAsync(3, CountDeadline, CancellationToken);

        await Lab.Machines.VerbAsync(CancellationToken, "thaw", failed);
        await UntilStateAsync(failed, HostFailoverState.Returning);
        await UntilReturnedAsync(failed);
        await console.UntilMoreAsync(10, CountDeadline, CancellationToken);
        var numbers = console.Readings.Select(entry => entry.Reading.Number).ToList();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);

        await DiskIsWholeAsync(Other(failed));
        await DisarmAsync();
    }
}
