using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
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
        machine.Write("/proc/sys/kernel/random/boot_id", "1\n");
        machine.Write("/etc/fstab", "# nothing\n");
        machine.Stub("stat", "exit 1");
        machine.Stub("journalctl", "exit 0");
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
        machine.Write("/proc/sys/kernel/random/boot_id", "2\n");
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

    [Theory]
    [InlineData("rw,vers=4.2,soft,timeo=30,retrans=1,local_lock=none", "soft")]
    [InlineData("rw,vers=3,hard,nolock,local_lock=all", "nolock")]
    [InlineData("rw,vers=3,hard,local_lock=posix", "local_lock=posix")]
    [InlineData("ro,vers=4.2,hard", "ro")]
    public async Task A_mount_that_endangers_guests_is_told_with_what_to_do(string options, string named)
    {
        machine.Write("/proc/self/mounts", $"alive:/b {machine.Path("/srv/b")} nfs4 {options} 0 0\n");
        machine.Stub("stat", "exit 0");

        var state = await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1]] }, Cancelled);

        Assert.Equal(StepStatus.Blocked, state.Status);
        Assert.Contains($"/srv/b is mounted with {named} (", state.Message, StringComparison.Ordinal);
        Assert.Contains("umount /srv/b", state.Message, StringComparison.Ordinal);
    }

    /// <summary>The kernel's line of <c>mount -t nfs 192.168.122.1:/b /srv/b</c> on Debian 12 (nfs4 by default), and of other spellings of the same.</summary>
    [Theory]
    [InlineData("192.168.122.1", "192.168.122.1:/b", "192.168.122.1", true)]
    [InlineData("192.168.122.1", "storage:/b/", "192.168.122.1", true)]
    [InlineData("FD00::0001", "[fd00::1]:/b", "fd00::1", true)]
    [InlineData("fd00:0::1", "[fd00:0:0::0001]:/b", "fd00::1", true)]
    [InlineData("storage.example", "192.168.122.1:/b", "192.168.122.1", true)]
    [InlineData("192.168.122.1", "192.168.122.9:/b", "192.168.122.9", false)]
    [InlineData("192.168.122.1", "192.168.122.1:/other", "192.168.122.1", false)]
    public async Task A_mount_made_by_hand_of_the_same_export_is_taken_over_however_it_is_spelled(string server, string source, string address, bool isSame)
    {
        machine.Stub("getent", "[ \"$*\" != 'ahosts storage.example' ] || echo '192.168.122.1 STREAM storage.example'");
        machine.Stub("stat", "exit 0");
        machine.Stub("systemctl", "exit 0");
        machine.Write(
            "/proc/self/mounts",
            $"{source} {machine.Path("/srv/b")} nfs4 rw,relatime,vers=4.2,rsize=262144,wsize=262144,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=192.168.122.100,local_lock=none,addr={address} 0 0\n");

        var state = await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1] with { Server = server }] }, Cancelled);

        Assert.True(state.Status == (isSame ? StepStatus.Ready : StepStatus.Blocked), state.Message);
        Assert.Equal(isSame, File.Exists(machine.Path("/etc/systemd/system/srv-b.mount")));
    }

    [Theory]
    [InlineData("1", "# nothing\n", true)]
    [InlineData("2", "# nothing\n", false)]
    [InlineData("2", "alive:/b /srv/b nfs defaults 0 0\n", true)]
    public async Task A_mount_that_was_there_before_stays_when_the_host_leaves(string boot, string table, bool stays)
    {
        machine.Stub("stat", "exit 0");
        machine.Write("/proc/self/mounts", $"alive:/b {machine.Path("/srv/b")} nfs4 rw,hard,vers=4.2 0 0\n");
        Assert.True((await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[1]] }, Cancelled)).IsReady);
        machine.Write("/proc/sys/kernel/random/boot_id", boot + "\n");
        machine.Write("/etc/fstab", table.Replace("/srv/b", machine.Path("/srv/b"), StringComparison.Ordinal));

        await step.RemoveAsync(machine, Cancelled);

        Assert.Equal(stays, !machine.Calls.Contains("systemctl stop srv-b.mount"));
        Assert.Empty(Directory.GetFiles(machine.Path("/etc/systemd/system")));
        Assert.False(Directory.Exists(machine.Path("/etc/kvm-operator")));
    }

    [Theory]
    [InlineData("mount.nfs: requested NFS version or transport protocol is not supported for /srv/c", "is not supported")]
    [InlineData("mount.nfs: access denied by server while mounting broken:/c", "access denied by server")]
    [InlineData("mount.nfs: mounting broken:/c failed, reason given by server: No such file or directory", "fsid=0")]
    public async Task Why_a_mount_failed_is_told_in_the_words_of_mount(string said, string told)
    {
        machine.Stub("systemctl", "case \"$*\" in 'start '*) echo 'Job for srv-c.mount failed. See \"systemctl status srv-c.mount\" for details.' >&2; exit 1 ;; esac");
        machine.Stub("journalctl", $"case \"$*\" in *'-u srv-c.mount'*) printf '%s\\n' 'Mounting Store of virtual machines...' '{said}' 'srv-c.mount: Failed with result exit-code.' ;; esac");

        var state = await step.ApplyAsync(machine, plan with { Stores = [plan.Stores[2]] }, Cancelled);

        Assert.Equal(StepStatus.Failed, state.Status);
        Assert.Contains(said, state.Message, StringComparison.Ordinal);
        Assert.Contains(told, state.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("systemctl status", state.Message, StringComparison.Ordinal);
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
