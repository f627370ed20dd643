using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Nfs;

/// <summary>The server's scripts in a real shell, on a machine whose tools are stubs with recorded answers.</summary>
public sealed class NfsServerTests : IDisposable
{
    private const string Exports = "/etc/exports.d/kvm-operator-images.exports";
    private const string LeaseFile = "/etc/nfs.conf.d/kvm-operator.conf";

    private readonly StubbedMachine machine = new();
    private readonly FakeTimeProvider clock = new();
    private readonly NfsServer server;
    private readonly StoreExport export = new("images", "/srv/images", ["192.168.122.100", "192.168.122.200"]);

    public NfsServerTests()
    {
        server = NewServer();
        machine.Stub("getent", "echo '203.0.113.1 STREAM'");
        machine.Stub("apt-get", "exit 0");
        machine.Stub("dpkg-query", "shift 3; printf '%s installed\\n' \"$@\"");
        machine.Stub("ufw", "echo 'Status: inactive'");
        machine.Stub("exportfs", "case $1 in -s) cat \"$machine/etab\" ;; -r) for file in \"$machine\"/etc/exports \"$machine\"/etc/exports.d/*.exports; do [ -e \"$file\" ] && awk '{ for (i = 2; i <= NF; i++) print $1 \"  \" $i }' \"$file\"; done > \"$machine/etab\"; true ;; esac");
        WithoutFirewalld();
        machine.Write("/proc/fs/nfsd/nfsv4leasetime", "15\n");
        machine.Write("/proc/fs/nfsd/threads", "8\n");
        Directory.CreateDirectory(machine.Path("/etc/nfs.conf.d"));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task What_was_applied_is_ready_and_a_second_time_changes_nothing()
    {
        Assert.Equal(StepStatus.Drifted, (await server.CheckAsync(machine, export, Cancelled)).Status);

        Assert.Equal(new StepState(StepStatus.Ready, "/srv/images is exported to the pool's hosts and to nobody else"), await server.ApplyAsync(machine, export, Cancelled));
        await server.ApplyAsync(machine, export, Cancelled);

        Assert.Single(machine.Calls, call => call == "systemctl restart nfs-server");
    }

    [Fact]
    public async Task A_server_of_which_nothing_changed_is_asked_without_a_process_and_what_changes_is_noticed()
    {
        await server.ApplyAsync(machine, export, Cancelled);
        Age();
        await server.CheckAsync(machine, export, Cancelled);
        var calls = machine.Calls.Count;

        Assert.True((await server.CheckAsync(machine, export, Cancelled)).IsReady);
        Assert.Equal(calls, machine.Calls.Count);

        Assert.Equal(StepStatus.Drifted, (await server.CheckAsync(machine, export with { Clients = [.. export.Clients, "192.168.122.30"] }, Cancelled)).Status);
        await server.CheckAsync(machine, export, Cancelled);
        machine.Write(Exports, "nobody\n");
        Assert.Equal(StepStatus.Drifted, (await server.CheckAsync(machine, export, Cancelled)).Status);
        await server.ApplyAsync(machine, export, Cancelled);
        machine.Write("/proc/fs/nfsd/threads", "0\n");
        calls = machine.Calls.Count;
        await server.CheckAsync(machine, export, Cancelled);
        Assert.NotEqual(calls, machine.Calls.Count);
    }

    [Fact]
    public async Task A_new_operator_and_every_five_minutes_read_everything_again()
    {
        await server.ApplyAsync(machine, export, Cancelled);
        Age();
        await server.CheckAsync(machine, export, Cancelled);
        var calls = machine.Calls.Count;

        await NewServer().CheckAsync(machine, export, Cancelled);
        Assert.NotEqual(calls, machine.Calls.Count);
        calls = machine.Calls.Count;
        clock.Advance(TimeSpan.FromMinutes(5));
        await server.CheckAsync(machine, export, Cancelled);
        Assert.NotEqual(calls, machine.Calls.Count);
    }

    [Fact]
    public async Task A_client_that_is_let_in_by_its_name_and_uses_the_store_stays_let_in()
    {
        machine.Stub("getent", "[ \"$2\" != node2.example ] || echo '192.168.122.200 STREAM node2.example'");
        await server.ApplyAsync(machine, export with { Clients = ["node2.example"] }, Cancelled);
        machine.Write("/proc/fs/nfsd/clients/7/info", "clientid: 0x1\naddress: \"192.168.122.200:845\"\nstatus: confirmed\n");

        await server.ApplyAsync(machine, export with { Clients = ["192.168.122.100"] }, Cancelled);

        Assert.Contains("node2.example(", machine.Read(Exports), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_that_another_setting_overrides_is_told_and_the_server_not_restarted_again_and_again()
    {
        machine.Write("/proc/fs/nfsd/nfsv4leasetime", "90\n");
        machine.Write("/etc/nfs.conf.d/zz-local.conf", "[nfsd]\n lease-time=90\n");

        var first = await server.ApplyAsync(machine, export, Cancelled);
        var second = await server.ApplyAsync(machine, export, Cancelled);

        Assert.Equal(first, second);
        Assert.Equal(StepStatus.Blocked, first.Status);
        Assert.Contains("another setting wins: /etc/nfs.conf.d/zz-local.conf", first.Message, StringComparison.Ordinal);
        Assert.Single(machine.Calls, call => call == "systemctl restart nfs-server");
    }

    [Theory]
    [InlineData(true, "90")]
    [InlineData(false, "15")]
    public async Task Clients_that_know_a_longer_lease_have_the_time_to_come_back_for_their_locks(bool isInUse, string grace)
    {
        machine.Write("/proc/fs/nfsd/nfsv4leasetime", "90\n");
        Directory.CreateDirectory(machine.Path("/proc/fs/nfsd/clients"));
        if (isInUse)
        {
            machine.Write("/proc/fs/nfsd/clients/7/info", "clientid: 0x1\naddress: \"10.1.1.1:845\"\nstatus: confirmed\n");
        }

        machine.Stub("systemctl", "case \"$*\" in restart*) echo 15 > \"$machine/proc/fs/nfsd/nfsv4leasetime\"; echo N > \"$machine/proc/fs/nfsd/v4_end_grace\" ;; show*) printf 'Id=nfs-server.service\\nActiveState=active\\nUnitFileState=enabled\\n' ;; *firewalld*) echo inactive; exit 3 ;; esac");
        var first = await server.ApplyAsync(machine, export, Cancelled);

        Assert.True(first.IsReady, first.Message);
        Assert.Equal($"[nfsd]\nlease-time=15\ngrace-time={grace}\n", machine.Read(LeaseFile));
        Assert.Equal(isInUse, first.Message.Contains("grace time is still 90 s", StringComparison.Ordinal));

        // Until its end some may not have come back; then all know the new lease, and the next start need not be so long.
        await server.ApplyAsync(machine, export, Cancelled);
        Assert.Equal($"[nfsd]\nlease-time=15\ngrace-time={grace}\n", machine.Read(LeaseFile));
        machine.Write("/proc/fs/nfsd/v4_end_grace", "Y\n");
        Assert.Equal(isInUse ? StepStatus.Drifted : StepStatus.Ready, (await server.CheckAsync(machine, export, Cancelled)).Status);
        Assert.Equal(new StepState(StepStatus.Ready, "/srv/images is exported to the pool's hosts and to nobody else"), await server.ApplyAsync(machine, export, Cancelled));
        Assert.Equal("[nfsd]\nlease-time=15\ngrace-time=15\n", machine.Read(LeaseFile));
        Assert.Single(machine.Calls, call => call == "systemctl restart nfs-server");
    }

    /// <summary>The words of exportfs of nfs-utils 2.6 for a folder that is not there.</summary>
    [Fact]
    public async Task A_broken_line_of_somebody_else_stops_nothing_and_is_told_until_it_is_mended()
    {
        machine.Write("/etc/exports", "/gone 192.168.122.0/24(ro,no_subtree_check)\n");
        machine.Stub("exportfs", "case $1 in -s) cat \"$machine/etab\" ;; -r) for file in \"$machine\"/etc/exports.d/*.exports; do [ -e \"$file\" ] && awk '{ for (i = 2; i <= NF; i++) print $1 \"  \" $i }' \"$file\"; done > \"$machine/etab\"; [ ! -s \"$machine/etc/exports\" ] || { echo 'exportfs: Failed to stat /gone: No such file or directory' >&2; exit 1; } ;; esac");
        Ufw();

        var state = await server.ApplyAsync(machine, export, Cancelled);

        Assert.True(state.IsReady, state.Message);
        Assert.Contains("exportfs complains of lines that are not the operator's: exportfs: Failed to stat /gone", state.Message, StringComparison.Ordinal);
        Assert.Contains("ufw allow proto tcp from 192.168.122.200 to any port 2049 comment kvm-operator", machine.Calls);
        await server.RemoveAsync(machine, "images", Cancelled);
        Assert.Empty(machine.Read("/rules"));
        Assert.False(File.Exists(machine.Path(LeaseFile)));

        await server.ApplyAsync(machine, export, Cancelled);
        File.SetLastWriteTimeUtc(machine.Path("/run/kvm-operator/nfs-complaints"), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1));
        machine.Write("/etc/exports", string.Empty);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain("complains", (await server.CheckAsync(machine, export, Cancelled)).Message, StringComparison.Ordinal);
    }

    /// <summary>The unit of nfs-utils before 2.5.4 (RHEL 8) starts only when exportfs is content: nfs-server.service, ExecStartPre without a dash. Handwritten after it.</summary>
    [Fact]
    public async Task A_server_that_would_not_start_again_because_of_somebody_elses_line_is_not_restarted()
    {
        machine.Write("/etc/exports", "/gone 192.168.122.0/24(ro,no_subtree_check)\n");
        machine.Stub("exportfs", "case $1 in -s) cat \"$machine/etab\" ;; -r) for file in \"$machine\"/etc/exports.d/*.exports; do awk '{ for (i = 2; i <= NF; i++) print $1 \"  \" $i }' \"$file\"; done > \"$machine/etab\"; echo 'exportfs: Failed to stat /gone: No such file or directory' >&2; exit 1 ;; esac");
        machine.Stub("systemctl", "case \"$*\" in cat*) printf '[Service]\\nExecStartPre=/usr/sbin/exportfs -r\\n' ;; show*) printf 'Id=nfs-server.service\\nActiveState=active\\nUnitFileState=enabled\\n' ;; *firewalld*) echo inactive; exit 3 ;; esac");
        Ufw();

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => server.ApplyAsync(machine, export, Cancelled));

        Assert.Contains("nfs-server would not start again because of lines that are not the operator's (exportfs: Failed to stat /gone: No such file or directory)", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Calls, call => call == "systemctl restart nfs-server");
        Assert.Contains("192.168.122.200(", machine.Read("/etab"), StringComparison.Ordinal);
        Assert.Contains("ufw allow proto tcp from 192.168.122.200 to any port 2049 comment kvm-operator", machine.Calls);
    }

    [Fact]
    public async Task A_fence_does_not_wait_for_somebody_elses_line()
    {
        await server.ApplyAsync(machine, export, Cancelled);
        machine.Stub("exportfs", "case $1 in -s) cat \"$machine/etab\" ;; -r) for file in \"$machine\"/etc/exports.d/*.exports; do awk '{ for (i = 2; i <= NF; i++) print $1 \"  \" $i }' \"$file\"; done > \"$machine/etab\"; echo 'exportfs: Failed to stat /gone: No such file or directory' >&2; exit 1 ;; esac");

        await server.FenceAsync(machine, ["192.168.122.200"], Cancelled);

        Assert.DoesNotContain("192.168.122.200(", machine.Read("/etab"), StringComparison.Ordinal);
        Assert.Equal(["192.168.122.200"], await server.ReadFencedAsync(machine, Cancelled));

        // What still lets it in is no fence, whatever exportfs said.
        machine.Stub("exportfs", "[ \"$1\" != -s ] || echo '/srv/images  192.168.122.200(rw)'");
        await Assert.ThrowsAsync<CommandFailedException>(() => server.FenceAsync(machine, ["192.168.122.200"], Cancelled));
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_told_in_its_own_words()
    {
        machine.Stub("systemctl", "case \"$*\" in restart*) echo 'Job for nfs-server.service failed.' >&2; exit 1 ;; *firewalld*) echo inactive; exit 3 ;; esac");
        machine.Stub("journalctl", "printf '%s\\n' 'Starting NFS server and services...' 'rpc.nfsd: unable to bind AF_INET TCP socket: errno 98 (Address already in use)'");

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => server.ApplyAsync(machine, export, Cancelled));

        Assert.Contains("rpc.nfsd: unable to bind AF_INET TCP socket: errno 98 (Address already in use)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_of_ours_that_exportfs_does_not_make_fails_with_its_words()
    {
        machine.Stub("exportfs", "case $1 in -s) true ;; -r) echo 'exportfs: /srv/images requires fsid= for NFS export' >&2; exit 1 ;; esac");

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => server.ApplyAsync(machine, export, Cancelled));

        Assert.Contains("requires fsid=", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/srv/nfs4", "192.168.122.0/24(ro,fsid=0,no_subtree_check)", false, true)]
    [InlineData("/srv", "*(ro,fsid=root)", false, true)]
    [InlineData("/srv/nfs4", "192.168.122.100(ro,fsid=0)", false, true)]
    [InlineData("/srv/nfs4", "10.1.1.1(ro,fsid=0)", false, false)]
    [InlineData("/srv/nfs4", "*(ro,fsid=0)", true, false)]
    [InlineData("/srv/nfs4", "*(ro,fsid=7)", false, false)]
    public async Task An_export_that_is_the_root_of_all_others_is_noticed_and_named(string folder, string client, bool isVersion3, bool isTold)
    {
        machine.Write("/etc/exports.d/old.exports", $"{machine.Path(folder)} {client}\n");

        var state = await server.ApplyAsync(machine, export with { IsVersion3 = isVersion3 }, Cancelled);

        Assert.Equal(isTold ? StepStatus.Blocked : StepStatus.Ready, state.Status);
        if (isTold)
        {
            Assert.Contains($"{folder} is exported with fsid=0", state.Message, StringComparison.Ordinal);
            Assert.Contains("Take fsid=0 away in /etc/exports.d/old.exports and run exportfs -ra", state.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_address_is_the_same_however_it_is_written()
    {
        // The kernel and exportfs write the shortest form.
        machine.Stub("exportfs", "case $1 in -s) cat \"$machine/etab\" ;; -r) awk '{ for (i = 2; i <= NF; i++) print $1 \"  \" $i }' \"$machine\"/etc/exports.d/*.exports | sed 's/FD00:0::/fd00::/' > \"$machine/etab\" ;; esac");
        var six = export with { Clients = ["FD00::0001", "fd00:0:0::2"] };
        Assert.Equal(["fd00::1", "fd00::2"], NfsServer.Arguments(six).TakeLast(2));
        Assert.True((await server.ApplyAsync(machine, six, Cancelled)).IsReady);
        machine.Write("/proc/fs/nfsd/clients/7/info", "clientid: 0x1\naddress: \"[fd00::2]:845\"\nstatus: confirmed\n");

        var state = await server.ApplyAsync(machine, six with { Clients = ["fd00::1"] }, Cancelled);
        Assert.Contains("and to fd00::2: no host of the pool, but it uses the store", state.Message, StringComparison.Ordinal);

        // A person's line for one of the hosts is nobody else's.
        machine.Write("/etc/exports.d/own.exports", $"{machine.Path("/srv/images")} FD00:0::1(rw)\n");
        Assert.True((await server.ApplyAsync(machine, six, Cancelled)).IsReady);
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("0.0.0.0/0.0.0.0")]
    [InlineData("*")]
    [InlineData("192.168.122.77")]
    public async Task An_entry_for_somebody_else_is_told(string client)
    {
        machine.Write("/etc/exports", $"{machine.Path("/srv/images")} {client}(rw,sync,no_root_squash)\n{machine.Path("/srv/other")} *(ro)\n");

        var state = await server.ApplyAsync(machine, export, Cancelled);

        Assert.Equal(StepStatus.Blocked, state.Status);
        Assert.Contains($"others may mount /srv/images too: {client} stand in /etc/exports; take them out there and run exportfs -ra", state.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_left_is_no_stranger_but_drift()
    {
        await server.ApplyAsync(machine, export, Cancelled);

        var state = await server.CheckAsync(machine, export with { Clients = ["192.168.122.100"] }, Cancelled);

        Assert.Equal(new StepState(StepStatus.Drifted, "the hosts that may mount it are not the current ones"), state);
    }

    [Fact]
    public async Task A_machine_that_uses_the_store_stays_let_in_until_it_has_let_go()
    {
        await server.ApplyAsync(machine, export, Cancelled);
        machine.Write("/proc/fs/nfsd/clients/7/info", "clientid: 0x1\naddress: \"192.168.122.200:845\"\nstatus: confirmed\nname: \"Linux NFSv4.2 node2\"\n");
        machine.Write("/proc/fs/nfsd/clients/8/info", "clientid: 0x2\naddress: \"192.168.122.100:845\"\nstatus: courtesy\nname: \"Linux NFSv4.2 node1\"\n");

        // A store whose hosts are not known: after a loss of the cluster they may be applied after it.
        var state = await server.ApplyAsync(machine, export with { Clients = [] }, Cancelled);

        Assert.True(state.IsReady);
        Assert.Contains("and to 192.168.122.200: no host of the pool", state.Message, StringComparison.Ordinal);
        Assert.Contains("192.168.122.200(", machine.Read(Exports), StringComparison.Ordinal);
        Assert.DoesNotContain("192.168.122.100(", machine.Read(Exports), StringComparison.Ordinal);
        File.Delete(machine.Path("/proc/fs/nfsd/clients/7/info"));
        await server.ApplyAsync(machine, export with { Clients = [] }, Cancelled);
        Assert.Empty(machine.Read(Exports));
    }

    [Fact]
    public async Task A_fenced_machine_is_shut_out_though_it_uses_the_store()
    {
        await server.ApplyAsync(machine, export, Cancelled);
        machine.Write("/proc/fs/nfsd/clients/7/info", "clientid: 0x1\naddress: \"192.168.122.200:845\"\nstatus: confirmed\n");
        machine.Write("/etc/kvm-operator/fenced/192.168.122.200", string.Empty);

        await server.ApplyAsync(machine, export with { Clients = ["192.168.122.100"] }, Cancelled);

        Assert.DoesNotContain("192.168.122.200(", machine.Read(Exports), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_store_takes_the_lease_with_it()
    {
        await server.ApplyAsync(machine, export, Cancelled);
        await server.ApplyAsync(machine, export with { Name = "more", Path = "/srv/more" }, Cancelled);

        await server.RemoveAsync(machine, "images", Cancelled);
        Assert.False(File.Exists(machine.Path(Exports)));
        Assert.True(File.Exists(machine.Path(LeaseFile)));

        await server.RemoveAsync(machine, "more", Cancelled);
        await server.RemoveAsync(machine, "more", Cancelled);
        Assert.False(File.Exists(machine.Path(LeaseFile)));
    }

    [Fact]
    public async Task Firewalld_lets_in_the_hosts_and_those_that_left_no_longer_as_recorded()
    {
        StubbedFirewalld.Install(machine, "public", "storage");
        const string Own = "public rule family=\"ipv4\" source address=\"10.9.9.9\" service name=\"nfs\" accept\n";
        machine.Write("/stored", Own);
        machine.Write("/running", Own);

        Assert.True((await server.ApplyAsync(machine, export, Cancelled)).IsReady);
        Assert.Equal(Own + Rules("192.168.122.100", "192.168.122.200"), machine.Read("/stored"));
        await server.ApplyAsync(machine, export with { Name = "more", Path = "/srv/more", Clients = ["192.168.122.200", "fd00::3"] }, Cancelled);
        Assert.True((await server.ApplyAsync(machine, export with { Clients = ["192.168.122.100"] }, Cancelled)).IsReady);
        Assert.Contains("source address=\"192.168.122.200\"", machine.Read("/running"), StringComparison.Ordinal);

        machine.Write("/running", Own);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(StepStatus.Drifted, (await server.CheckAsync(machine, export with { Name = "more", Path = "/srv/more", Clients = ["192.168.122.200", "fd00::3"] }, Cancelled)).Status);

        await server.RemoveAsync(machine, "more", Cancelled);
        Assert.Equal(Own + Rules("192.168.122.100"), machine.Read("/stored"));
        await server.RemoveAsync(machine, "images", Cancelled);
        Assert.Equal(Own, machine.Read("/stored"));
        Assert.Equal(Own, machine.Read("/running"));
    }

    [Fact]
    public async Task A_firewall_that_does_not_answer_is_told_and_mending_it_fails_with_its_words()
    {
        StubbedFirewalld.Install(machine, "public");
        machine.Write("/stored", string.Empty);
        machine.Write("/running", string.Empty);
        Assert.True((await server.ApplyAsync(machine, export, Cancelled)).IsReady);

        machine.Stub("firewall-cmd", "echo 'FirewallD is not running' >&2; exit 252");
        StubbedFirewalld.WithoutBus(machine);
        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("the firewall does not answer", (await server.CheckAsync(machine, export, Cancelled)).Message);
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => server.ApplyAsync(machine, export, Cancelled));
        Assert.Contains("FirewallD is not running", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ufw_lets_in_the_hosts_and_those_that_left_no_longer_as_recorded()
    {
        Ufw();

        Assert.True((await server.ApplyAsync(machine, export, Cancelled)).IsReady);
        Assert.Contains("ufw allow proto tcp from 192.168.122.200 to any port 2049 comment kvm-operator", machine.Calls);
        Assert.True((await server.ApplyAsync(machine, export with { Clients = ["192.168.122.100"] }, Cancelled)).IsReady);
        Assert.Equal("ufw delete allow proto tcp from 192.168.122.200 to any port 2049", Assert.Single(machine.Calls, call => call.StartsWith("ufw delete", StringComparison.Ordinal)));

        await server.RemoveAsync(machine, "images", Cancelled);
        Assert.Empty(machine.Read("/rules"));
    }

    [Fact]
    public async Task A_persons_rule_in_ufw_lets_a_host_in_and_stays()
    {
        const string Theirs = "2049/tcp                   ALLOW       192.168.122.200\n";
        Ufw();
        machine.Write("/rules", Theirs);

        Assert.True((await server.ApplyAsync(machine, export, Cancelled)).IsReady);
        await server.RemoveAsync(machine, "images", Cancelled);

        Assert.Equal(Theirs, machine.Read("/rules"));
    }

    /// <summary>In every zone with a network card.</summary>
    private static string Rules(params string[] addresses) => string.Concat(
        from zone in new[] { "public", "storage" }
        from address in addresses
        select $"{zone} rule priority=\"14916\" family=\"ipv4\" source address=\"{address}\" service name=\"nfs\" accept\n");

    private void Ufw() =>
        machine.Stub(
            "ufw",
            """
            touch "$machine/rules"
            case "$*" in
              status) printf 'Status: active\n\nTo                         Action      From\n--                         ------      ----\n22/tcp                     ALLOW       192.168.122.200            # kvm-operator\n'; cat "$machine/rules" ;;
              'allow '*) printf '2049/tcp                   ALLOW       %-26s # kvm-operator\n' "$5" >> "$machine/rules" ;;
              'delete '*) grep -v " $6 " "$machine/rules" > "$machine/rules.new"; mv "$machine/rules.new" "$machine/rules" ;;
            esac
            """);

    /// <summary>What was written lately may be as old as what a check noted.</summary>
    private void Age()
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(machine.Path("/etc"), "*", SearchOption.AllDirectories).Reverse())
        {
            Directory.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1));
        }
    }

    private NfsServer NewServer() => new(new PackageManager(new SystemdJobs(), clock), new StepJobs(new InlineJobs()), clock);

    private void WithoutFirewalld() => machine.Stub("systemctl", "case \"$*\" in show*) printf 'Id=nfs-server.service\\nActiveState=active\\nUnitFileState=enabled\\n\\nId=firewalld.service\\nActiveState=inactive\\n' ;; *firewalld*) echo inactive; exit 3 ;; esac");
}
