using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The mounts of a machine whose systemd only remembers; the scripts run in a real shell.</summary>
public sealed class StoreMountsTests : IDisposable
{
    private readonly StubbedMachine machine = new();
    private readonly StoreMounts step = new(new NfsClient());
    private readonly HostPlan plan = new("node1", ["192.168.122.100"])
    {
        Stores = [new StoreMount("dead", "/a", "/srv/a"), new StoreMount("alive", "/b", "/srv/b"), new StoreMount("broken", "/c", "/srv/c")],
    };

    public StoreMountsTests()
    {
        machine.Write("/proc/self/mounts", $"dead:/a {machine.Path("/srv/a")} nfs4 rw,hard 0 0\n");
        Directory.CreateDirectory(machine.Path("/etc/systemd/system"));
        machine.Stub("stat", "exit 1");
        machine.Stub("systemd-escape", "echo \"$4\" | sed \"s,$machine/,,; s,/,-,g; s,$,.mount,\"");
        machine.Stub(
            "systemctl",
            """
            case "$*" in
              'start srv-b.mount') echo "alive:/b $machine/srv/b nfs4 rw,hard 0 0" >> "$machine/proc/self/mounts" ;;
              'start srv-c.mount') echo 'mount.nfs: Connection refused' >&2; exit 32 ;;
            esac
            """);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task A_dead_and_a_broken_store_keep_no_other_one_from_being_mounted()
    {
        var before = await step.CheckAsync(machine, plan, Cancelled);
        Assert.Equal(StepStatus.Drifted, before.Status);
        Assert.Contains("dead:/a does not answer", before.Message, StringComparison.Ordinal);
        Assert.Contains("/srv/b is not mounted", before.Message, StringComparison.Ordinal);

        await step.ApplyAsync(machine, plan, Cancelled);
        var after = await step.ApplyAsync(machine, plan, Cancelled);

        Assert.Equal(StepStatus.Failed, after.Status);
        Assert.Contains("dead:/a does not answer", after.Message, StringComparison.Ordinal);
        Assert.Contains("mount.nfs: Connection refused", after.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/srv/b", after.Message, StringComparison.Ordinal);
        Assert.Single(machine.Calls, call => call == "systemctl start srv-b.mount");
    }

    [Fact]
    public async Task A_store_that_cannot_be_unmounted_keeps_no_other_one_from_being_mounted()
    {
        machine.Stub("stat", "exit 0");
        Assert.True((await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[0]] }, Cancelled)).IsReady);
        machine.Stub(
            "systemctl",
            """
            case "$*" in
              'stop srv-a.mount') echo 'umount: target is busy' >&2; exit 1 ;;
              'start srv-b.mount') echo "alive:/b $machine/srv/b nfs4 rw,hard 0 0" >> "$machine/proc/self/mounts" ;;
            esac
            """);

        var after = await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1]] }, Cancelled);

        Assert.Equal(StepStatus.Failed, after.Status);
        Assert.Contains("umount: target is busy", after.Message, StringComparison.Ordinal);
        Assert.Contains("systemctl start srv-b.mount", machine.Calls);
    }

    [Theory]
    [InlineData("nfs", "3")]
    [InlineData("nfs4", "4.2")]
    public async Task A_mount_of_either_generation_of_NFS_is_a_mount(string type, string version)
    {
        machine.Write("/proc/self/mounts", $"alive:/b {machine.Path("/srv/b")} {type} rw,hard 0 0\n");
        machine.Stub("stat", "exit 0");
        var old = plan with { Stores = [plan.Stores[1] with { NfsVersion = version }] };

        Assert.Equal(new StepState(StepStatus.Ready, "all stores are mounted"), await step.ApplyAsync(machine, old, Cancelled));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("stop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_somebody_else_mounted_there_stays()
    {
        machine.Write("/proc/self/mounts", $"tmpfs {machine.Path("/srv/b")} tmpfs rw 0 0\n");

        var state = await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1]] }, Cancelled);

        Assert.Equal(new StepState(StepStatus.Blocked, "something else is mounted on /srv/b: tmpfs tmpfs"), state);
    }

    [Fact]
    public async Task A_folder_that_holds_files_is_not_hidden_under_a_store()
    {
        machine.Write("/srv/b/guest.qcow2", "disk");
        Directory.CreateDirectory(machine.Path("/srv/b/lost+found"));
        var only = plan with { Stores = [plan.Stores[1]] };

        var state = await step.ApplyAsync(machine, only, Cancelled);

        Assert.Equal(StepStatus.Blocked, state.Status);
        Assert.Contains("/srv/b holds files that the store would hide (guest.qcow2): move them away", state.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("systemctl start", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(machine.Path("/etc/systemd/system")));
        await Assert.ThrowsAsync<CommandFailedException>(() => new NfsClient().MountAsync(machine, only.Stores[0], Cancelled));

        File.Delete(machine.Path("/srv/b/guest.qcow2"));
        machine.Stub("stat", "exit 0");
        Assert.True((await step.ApplyAsync(machine, only, Cancelled)).IsReady);
    }

    [Fact]
    public async Task A_store_of_ours_that_is_not_mounted_at_the_moment_is_mounted_whatever_was_put_there_meanwhile()
    {
        machine.Stub("stat", "exit 0");
        var only = plan with { Stores = [plan.Stores[1]] };
        await step.ApplyAsync(machine, only, Cancelled);
        machine.Write("/proc/self/mounts", string.Empty);
        machine.Write("/srv/b/stray", string.Empty);

        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, only, Cancelled)).Status);
        Assert.True((await step.ApplyAsync(machine, only, Cancelled)).IsReady);
    }

    [Fact]
    public async Task Options_that_take_effect_with_the_next_mount_are_told_and_not_called_mended()
    {
        machine.Stub("stat", "exit 0");
        machine.Stub("systemctl", "exit 0");
        machine.Write("/proc/self/mounts", $"alive:/b {machine.Path("/srv/b")} nfs4 rw,vers=4.1,hard,timeo=600 0 0\n");
        await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1] with { NfsVersion = "4.1" }] }, Cancelled);
        var changed = plan with { Stores = [plan.Stores[1] with { Options = ["timeo=100"] }] };

        var report = (await new HostPreparation([step], TimeProvider.System).RunAsync(machine, changed, new HashSet<PreparationStep> { PreparationStep.StoreMounts }, _ => Task.CompletedTask, Cancelled)).Single();

        Assert.True(report.State.IsReady);
        Assert.Null(report.Mended);
        Assert.Contains("/srv/b is still mounted with vers=4.1 instead of 4.2, timeo=600 instead of 100; what is wanted takes effect when it is mounted anew", report.State.Message, StringComparison.Ordinal);
        machine.Write("/proc/self/mounts", $"alive:/b {machine.Path("/srv/b")} nfs4 rw,vers=4.2,hard,timeo=100 0 0\n");
        Assert.Equal(new StepState(StepStatus.Ready, "all stores are mounted"), await step.CheckAsync(machine, changed, Cancelled));
    }

    [Fact]
    public async Task A_store_in_use_keeps_a_host_that_leaves_and_says_how_to_find_the_user()
    {
        await MountedAsync();
        machine.Stub("systemctl", "case \"$*\" in 'stop '*) exit 1 ;; esac");

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => step.RemoveAsync(machine, Cancelled));

        Assert.Contains("fuser -vm /srv/b", failure.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(machine.Path("/etc/systemd/system")));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("umount", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_whose_server_is_away_is_detached_when_the_host_leaves_and_nothing_is_open_there()
    {
        await MountedAsync();
        machine.Stub("systemctl", "case \"$*\" in 'stop '*) exit 1 ;; esac");
        machine.Stub("stat", "exit 1");
        machine.Stub("umount", "exit 0");

        Assert.Contains("server does not answer", (await step.ApplyAsync(machine, plan with { Stores = [] }, Cancelled)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(machine.Path("/proc/4242/fd"));
        File.CreateSymbolicLink(machine.Path("/proc/4242/fd/7"), machine.Path("/srv/b/somebodys.qcow2"));
        Assert.Contains("processes have files open there", (await Assert.ThrowsAsync<CommandFailedException>(() => step.RemoveAsync(machine, Cancelled))).Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(machine.Path("/etc/systemd/system")));

        File.Delete(machine.Path("/proc/4242/fd/7"));
        await step.RemoveAsync(machine, Cancelled);

        Assert.Single(machine.Calls, call => call == $"umount -l -i -c -- {machine.Path("/srv/b")}");
        Assert.Contains("systemctl disable --quiet srv-b.mount", machine.Calls);
        Assert.Empty(Directory.GetFiles(machine.Path("/etc/systemd/system")));
    }

    private async Task MountedAsync()
    {
        machine.Stub("stat", "exit 0");
        Assert.True((await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1]] }, Cancelled)).IsReady);
    }
}
