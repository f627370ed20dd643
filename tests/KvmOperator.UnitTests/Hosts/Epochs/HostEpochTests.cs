using System.Diagnostics;
using System.Globalization;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Epochs;

/// <summary>Who may act on a host, in dash and in bash.</summary>
public sealed class HostEpochTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Shells => ["/bin/dash", "/bin/bash"];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_command_of_the_leader_runs_as_if_nothing_stood_before_it(string shell)
    {
        await using var rig = new EpochRig(shell);
        var raised = await rig.RaiseAsync(rig.Leader(3));
        var result = await rig.ResultOfAsync(rig.Leader(3).Run(RemoteCommand.Script("cat; printf '%s|' \"$@\"; exit 9", "two words", "$(no)", string.Empty).WithInput("text\n")));

        Assert.Equal(("text\ntwo words|$(no)||", 9), (result.OutputText, result.ExitStatus));
        Assert.Equal((0, true), (raised.SeenBefore, raised.IsTaken));
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), raised.BootId);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task An_older_leader_is_refused_and_told_the_highest_epoch(string shell)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(7));

        foreach (var command in (RemoteCommand[])[rig.Leader(6).Run(Mark(rig)), rig.Leader(6).Hold(Mark(rig))])
        {
            Assert.Equal(7, (await Assert.ThrowsAsync<EpochRefusedException>(() => rig.ResultOfAsync(command))).HighestSeen);
        }

        Assert.Equal(7, (await Assert.ThrowsAsync<EpochRefusedException>(() => rig.RaiseAsync(rig.Leader(6)))).HighestSeen);
        Assert.False(File.Exists(rig.FilePath("ran")));
        Assert.Equal(7, (await rig.RaiseAsync(rig.Leader(12))).SeenBefore);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_command_of_a_newer_leader_shuts_out_the_older_one_without_a_raise(string shell)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(7));
        await rig.ResultOfAsync(rig.Leader(10).Run(RemoteCommand.Of("true")));

        await Assert.ThrowsAsync<EpochRefusedException>(() => rig.ResultOfAsync(rig.Leader(9).Run(Mark(rig))));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_raise_ends_what_older_leaders_hold_whatever_it_does_against_it(string shell)
    {
        await using var rig = new EpochRig(shell);
        var plain = await rig.HoldAsync(rig.Leader(1));
        var deaf = await rig.HoldAsync(rig.Leader(2), "trap '' TERM; echo held; while :; do sleep 1000; done");
        var stopped = await rig.HoldAsync(rig.Leader(2));
        await SignalAsync("STOP", stopped.Process.Id);
        var children = deaf.Children;
        var raised = await rig.RaiseAsync(rig.Leader(3));

        Assert.True(raised.IsTaken);
        Assert.Equal(
            new[] { new EpochHolder("hold", 1, plain.Process.Id), new EpochHolder("hold", 2, deaf.Process.Id), new EpochHolder("hold", 2, stopped.Process.Id) }.ToHashSet(),
            raised.Ended.ToHashSet());
        Assert.DoesNotContain(new[] { plain.Process.Id, deaf.Process.Id, stopped.Process.Id }, HeldProcess.IsAlive);

        // What they had started was killed with them; the kernel may take a moment to bury it.
        await HeldProcess.UntilAsync(() => !children.Any(HeldProcess.IsAlive), Cancellation);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_child_that_does_not_obey_does_not_outlive_a_parent_that_does(string shell)
    {
        await using var rig = new EpochRig(shell);
        const string Child = "trap \"\" TERM; echo $$ >\"$1\"; while :; do sleep 1000; done";
        var parent = await rig.HoldAsync(rig.Leader(1), $"sh -c '{Child}' child '{rig.FilePath("child")}' & until [ -s '{rig.FilePath("child")}' ]; do sleep 0.01; done; echo held; exec sleep 1000");
        var child = int.Parse(await File.ReadAllTextAsync(rig.FilePath("child"), Cancellation), CultureInfo.InvariantCulture);
        Assert.True(HeldProcess.IsAlive(child));

        var raised = await rig.RaiseAsync(rig.Leader(2));

        Assert.True(raised.IsTaken);
        Assert.Equal([new EpochHolder("hold", 1, parent.Process.Id)], raised.Ended);
        Assert.False(HeldProcess.IsAlive(child), "a child of what was ended lives on");
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_raise_leaves_alone_what_is_its_own(string shell)
    {
        await using var rig = new EpochRig(shell);
        var own = await rig.HoldAsync(rig.Leader(3));
        var raised = await rig.RaiseAsync(rig.Leader(3));

        Assert.Empty(raised.Ended);
        Assert.True(HeldProcess.IsAlive(own.Process.Id));
        Assert.Single(rig.Holders);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_command_that_had_begun_may_end(string shell)
    {
        await using var rig = new EpochRig(shell);
        var command = rig.Start(rig.Leader(1).Run(RemoteCommand.Script("echo begun; read -r word; : > \"$1\"", rig.FilePath("ran"))));
        Assert.Equal("begun", await command.Process.StandardOutput.ReadLineAsync(Cancellation));
        var raising = rig.RaiseAsync(rig.Leader(2), patience: 60);
        await HeldProcess.UntilAsync(() => File.Exists(rig.FilePath("epoch.one")) && File.ReadAllText(rig.FilePath("epoch.one")) == "2\n", Cancellation);
        Assert.False(raising.IsCompleted);
        command.Input.Close();

        Assert.Equal((true, 0), ((await raising).IsTaken, (await raising).Ended.Count));
        Assert.True(File.Exists(rig.FilePath("ran")));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_command_that_does_not_end_is_ended_with_all_that_it_started_and_goes_on_with_nothing(string shell)
    {
        await using var rig = new EpochRig(shell);
        var command = rig.Start(rig.Leader(1).Run(RemoteCommand.Script("sh -c 'sleep 1000; :' & echo begun; sleep 1000; : > \"$1\"", rig.FilePath("ran"))));
        Assert.Equal("begun", await command.Process.StandardOutput.ReadLineAsync(Cancellation));
        await HeldProcess.UntilAsync(() => command.Children.Count == 3, Cancellation);
        var children = command.Children;
        var raised = await rig.RaiseAsync(rig.Leader(2));

        Assert.Equal([new EpochHolder("run", 1, command.Process.Id)], raised.Ended);
        Assert.True(raised.IsTaken);
        await HeldProcess.UntilAsync(() => !children.Any(HeldProcess.IsAlive), Cancellation);
        Assert.False(File.Exists(rig.FilePath("ran")));
    }

    [Theory]
    [InlineData("/bin/dash", "exec \"$@\"")]
    [InlineData("/bin/bash", "exec \"$@\"")]
    [InlineData("/bin/dash", "record\n# Two")]
    public async Task A_leader_that_was_stopped_after_it_was_let_in_does_not_act_when_it_wakes_up(string shell, string moment)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        var old = rig.Start(rig.Leader(1).Run(Mark(rig)), stopBefore: moment);
        await EpochRig.UntilStoppedAsync(old);
        var raised = await rig.RaiseAsync(rig.Leader(2));

        Assert.Equal([new EpochHolder("run", 1, old.Process.Id)], raised.Ended);
        await old.EndAsync(Cancellation);
        Assert.False(File.Exists(rig.FilePath("ran")));
    }

    [Theory]
    [InlineData("/bin/dash", ": >\"$folder/holders")]
    [InlineData("/bin/bash", ": >\"$folder/holders")]
    [InlineData("/bin/dash", "read_process $$")]
    public async Task A_leader_that_was_stopped_before_it_announced_itself_is_refused_when_it_wakes_up(string shell, string moment)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        var old = rig.Start(rig.Leader(1).Run(Mark(rig)), stopBefore: moment);
        await EpochRig.UntilStoppedAsync(old);
        Assert.Empty((await rig.RaiseAsync(rig.Leader(2))).Ended);
        await SignalAsync("CONT", old.Process.Id);
        var result = await old.EndAsync(Cancellation);

        Assert.Equal(2, Assert.Throws<EpochRefusedException>(() => HostEpoch.ThrowIfRefused(rig.Name, result)).HighestSeen);
        Assert.False(File.Exists(rig.FilePath("ran")));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Nothing_of_an_old_leader_begins_after_a_raise_however_they_race(string shell)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        var log = rig.FilePath("log");
        var old = rig.Leader(1).Run(RemoteCommand.Script("echo old >> \"$1\"", log));
        var commands = Enumerable.Range(0, 24).Select(_ => rig.Start(old)).ToList();
        Assert.True((await rig.RaiseAsync(rig.Leader(2), patience: 30)).IsTaken);
        await File.AppendAllTextAsync(log, "raised\n", Cancellation);
        commands.AddRange(Enumerable.Range(0, 4).Select(_ => rig.Start(old)));
        var results = await Task.WhenAll(commands.Select(command => command.EndAsync(Cancellation)));

        Assert.EndsWith("raised\n", await File.ReadAllTextAsync(log, Cancellation), StringComparison.Ordinal);
        Assert.Equal(28 - results.Count(result => result.ExitStatus == 73), File.ReadLines(log).Count(line => line == "old"));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Of_leaders_that_raise_at_once_the_highest_wins(string shell)
    {
        await using var rig = new EpochRig(shell);
        var raises = await Task.WhenAll(Enumerable.Range(1, 8).Select(async epoch =>
        {
            try
            {
                return (await rig.RaiseAsync(rig.Leader(epoch))).IsTaken;
            }
            catch (EpochRefusedException)
            {
                return false;
            }
        }));

        Assert.True(raises[^1]);
        Assert.Equal("8\n", await File.ReadAllTextAsync(rig.FilePath("epoch.one"), Cancellation));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_host_with_living_channels_of_another_installation_is_managed_elsewhere(string shell)
    {
        await using var rig = new EpochRig(shell);
        var other = await rig.HoldAsync(rig.Leader(1, "other"));
        foreach (var command in (RemoteCommand[])[rig.Leader(9).Run(Mark(rig)), rig.Leader(9).Hold(Mark(rig))])
        {
            Assert.Equal("other", (await Assert.ThrowsAsync<ManagedElsewhereException>(() => rig.ResultOfAsync(command))).Installation);
        }

        await Assert.ThrowsAsync<ManagedElsewhereException>(() => rig.RaiseAsync(rig.Leader(9)));
        Assert.Equal([$"other,1,hold,{other.Process.Id},{StartOf(other.Process.Id)}"], rig.Holders);
        Assert.False(File.Exists(rig.FilePath("ran")));

        // The other one was not disturbed by those that were refused, and makes room when its channels are gone.
        await rig.ResultOfAsync(rig.Leader(1, "other").Run(RemoteCommand.Of("true")));
        other.Process.Kill();
        await other.Ended.WaitAsync(Cancellation);
        Assert.Equal(0, (await rig.RaiseAsync(rig.Leader(9))).SeenBefore);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_number_that_was_given_to_another_process_is_nobodys(string shell)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        var innocent = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(rig.FilePath($"holders/one,1,hold,{innocent},1"), string.Empty, Cancellation);
        await File.WriteAllTextAsync(rig.FilePath($"holders/other,1,hold,{innocent},1"), string.Empty, Cancellation);

        Assert.Empty((await rig.RaiseAsync(rig.Leader(2))).Ended);
        Assert.Empty(rig.Holders);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task What_nobody_of_us_wrote_is_no_holder(string shell)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        string[] names = ["one,1,hold,$(touch ran),1", "one,1,hold,1 1,1", "one,1,hold,-1,1", "one,1,hold,0,0", "*", "one,1,hold,99999999999999999999,1", "one,1,else,1,1", "one,1,hold,1", ",,,,", "a b,1,hold,1,1", "one,1,hold,1,1\none,1,hold,1,1"];
        foreach (var name in names)
        {
            await File.WriteAllTextAsync(rig.FilePath($"holders/{name}"), string.Empty, Cancellation);
        }

        var raised = await rig.RaiseAsync(rig.Leader(2));
        Assert.Equal((true, 0), (raised.IsTaken, raised.Ended.Count));
        Assert.Equal(0, (await rig.ResultOfAsync(rig.Leader(2).Run(RemoteCommand.Of("true")))).ExitStatus);
    }

    [Theory]
    [InlineData("/bin/dash", "")]
    [InlineData("/bin/bash", "")]
    [InlineData("/bin/dash", "$(reboot)")]
    [InlineData("/bin/bash", "-1")]
    [InlineData("/bin/dash", "99999999999999999999999")]
    [InlineData("/bin/bash", "7 7")]
    public async Task An_epoch_that_cannot_be_read_lets_nobody_in_until_a_leader_raises_it(string shell, string content)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        await File.WriteAllTextAsync(rig.FilePath("epoch.one"), content, Cancellation);
        var refused = await rig.ResultOfAsync(rig.Leader(1).Run(Mark(rig)));

        Assert.Equal(75, refused.ExitStatus);
        Assert.False(File.Exists(rig.FilePath("ran")));
        Assert.True((await rig.RaiseAsync(rig.Leader(1))).IsTaken);
        Assert.Equal(0, (await rig.ResultOfAsync(rig.Leader(1).Run(Mark(rig)))).ExitStatus);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task What_ended_commands_leave_does_not_pile_up(string shell)
    {
        await using var rig = new EpochRig(shell);
        await rig.RaiseAsync(rig.Leader(1));
        var held = await rig.HoldAsync(rig.Leader(1));
        for (var count = 0; count < 40; count++)
        {
            await rig.ResultOfAsync(rig.Leader(1).Run(RemoteCommand.Of("true")));
        }

        Assert.InRange(rig.Holders.Count(), 2, 33);
        Assert.Contains(rig.Holders, name => name.Contains($",hold,{held.Process.Id},", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_command_that_ends_with_the_guards_status_was_not_refused(string shell)
    {
        await using var rig = new EpochRig(shell);

        Assert.Equal(73, (await rig.ResultOfAsync(rig.Leader(1).Run(RemoteCommand.Script("echo epoch 5 >&2; exit 73")))).ExitStatus);
        Assert.Equal(127, (await rig.ResultOfAsync(rig.Leader(1).Run(RemoteCommand.Of("/no/such/program")))).ExitStatus);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("a b", 1)]
    [InlineData("../x", 1)]
    [InlineData("a,b", 1)]
    [InlineData("one", 0)]
    [InlineData("one", -1)]
    [InlineData("one", long.MaxValue)]
    public void What_no_host_could_keep_is_no_epoch(string installation, long epoch) => Assert.ThrowsAny<ArgumentException>(() => new HostEpoch(installation, epoch));

    [Fact]
    public void A_guarded_command_keeps_its_deadline_its_input_and_what_people_call_it()
    {
        var command = RemoteCommand.Of("virsh", "define", "/dev/stdin").WithInput("<domain/>").WithDeadline(TimeSpan.FromMinutes(2));
        var guarded = new HostEpoch("one", 1).Run(command);

        Assert.Equal((command.Deadline, command.Input, "virsh define"), (guarded.Deadline, guarded.Input, guarded.Label));
    }

    private static RemoteCommand Mark(EpochRig rig) => RemoteCommand.Script(": > \"$1\"", rig.FilePath("ran"));

    private static string StartOf(int id) => File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[19];

    private static async Task SignalAsync(string name, int id)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -s {name} {id}"]);
        await kill.WaitForExitAsync(Cancellation);
    }
}
