using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Preflight;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations.Preflight;

public sealed class MigrationObstaclesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly GuestLocation Off = new([], ["node1"], [], null, Given.Domain(DomainState.ShutOff));

    private static readonly GuestLocation Runs = new(["node1"], [], [], null, Given.Domain(DomainState.Running));

    [Theory]
    [InlineData(RunStrategy.Always, true)]
    [InlineData(RunStrategy.RerunOnFailure, true)]
    [InlineData(RunStrategy.Manual, false)]
    [InlineData(RunStrategy.Halted, false)]
    public void A_guest_that_is_about_to_be_started_is_not_moved_while_it_is_off(RunStrategy strategy, bool waits)
    {
        var obstacle = MigrationObstacles.Find(Machine(strategy), Off, Now);

        Assert.Equal(waits, obstacle is not null);
        Assert.DoesNotContain("about to be started", MigrationObstacles.Find(Machine(strategy), Runs, Now) ?? string.Empty, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_nobody_starts_can_be_moved_while_it_is_off()
    {
        var paused = Machine(RunStrategy.Always);
        paused.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };

        Assert.Null(MigrationObstacles.Find(paused, Off, Now));
    }

    [Fact]
    public void A_guest_whose_start_was_refused_at_home_does_not_wait_for_that_start()
    {
        var refused = Machine(RunStrategy.Always);
        refused.Status = refused.Status! with
        {
            Conditions = [new V1Condition { Type = VirtualMachineConditions.Running, Status = "False", Reason = VirtualMachineReasons.NoHostFits }],
        };

        Assert.Null(MigrationObstacles.Find(refused, Off, Now));
    }

    [Fact]
    public void A_guest_that_is_off_at_its_own_home_waits_for_no_silent_host()
    {
        var machine = Machine(RunStrategy.Halted);
        machine.Status = machine.Status! with { Host = "node1" };

        Assert.Null(MigrationObstacles.Find(machine, Off with { Unknown = ["node2"] }, Now));
    }

    [Fact]
    public void A_guest_that_is_not_found_for_sure_is_waited_for()
    {
        Assert.Contains("node1 and node2", MigrationObstacles.Find(Machine(RunStrategy.Always), Runs with { Running = ["node1", "node2"] }, Now), StringComparison.Ordinal);
        Assert.Contains("node2 cannot be asked", MigrationObstacles.Find(Machine(RunStrategy.Halted), Off with { Defined = ["node3"], Unknown = ["node2"] }, Now), StringComparison.Ordinal);
        Assert.Contains("not there yet", MigrationObstacles.Find(Machine(RunStrategy.Always), new GuestLocation([], [], [], null, null), Now), StringComparison.Ordinal);
        Assert.Null(MigrationObstacles.Find(Machine(RunStrategy.Always), Runs with { Unknown = ["node2"] }, Now));
    }

    private static VirtualMachine Machine(RunStrategy strategy) => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" },
        Spec = Given.Spec(strategy),
        Status = new VirtualMachineStatus { Host = "node1" },
    };
}
