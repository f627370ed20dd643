using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Fencing;

/// <summary>
/// The fence's script in a real shell. Files, locks and text tools are real; the kernel's NFS server cannot be had here, so <c>/proc/fs/nfsd</c>, its caches and <c>exportfs</c> are stand-ins: a client goes when it was told to,
/// and the export table is what the stand-in of exportfs keeps.
/// </summary>
public sealed class StorageFencingTests : IDisposable
{
    private const string Exports = "/etc/exports.d/kvm-operator-images.exports";
    private const string Failed = "192.168.122.100";
    private const string Healthy = "192.168.122.200";

    private readonly StubbedMachine machine = new();
    private readonly StorageFencing fencing = new() { Drain = TimeSpan.FromSeconds(1) };
    private readonly StorageFenceOrder order;

    public StorageFencingTests()
    {
        order = new StorageFenceOrder("20261130-120000", "node1", 3, [Failed]) { ClientName = "node1", Paths = ["/srv/images"], Controls = [Healthy] };
        machine.Stub(
            "exportfs",
            """
            case $1 in
              -s) cat "$machine/etab" ;;
              -u) client=${2%:/*} path=/${2#*:/}; client=${client#[}; client=${client%]}; awk -v p="$path" -v c="$client(" '!($1 == p && index($2, c) == 1)' "$machine/etab" > "$machine/etab.new"; mv "$machine/etab.new" "$machine/etab" ;;
            esac
            """);
        machine.Stub("sleep", "[ ! -e \"$machine/during-sleep\" ] || { . \"$machine/during-sleep\"; }");
        machine.Write("/proc/sys/kernel/random/boot_id", "b1\n");
        machine.Write(Exports, $"{machine.Path("/srv/images")} {Failed}(rw) {Healthy}(rw)\n");
        Table($"{machine.Path("/srv/images")}  {Failed}(rw,sync)", $"{machine.Path("/srv/images")}  {Healthy}(rw,sync)");
        machine.Write("/proc/net/rpc/auth.unix.ip/content", $"#class IP domain\nnfsd {Healthy} {Healthy}\n# nfsd {Failed} {Failed}\n");
        Client("9", Healthy, "node2");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task A_host_without_a_client_is_shut_out_and_read_twice()
    {
        var read = await fencing.FenceAsync(machine, order, Token);

        Assert.Equal(("b1", "b1", "20261130-120000"), (read.BootBefore, read.Boot, read.FailoverId));
        Assert.Empty(Left(read));
        Assert.True(read.HasControl);
        Assert.True(read.IsSettled);
        Assert.Equal($"{machine.Path("/srv/images")} {Healthy}(rw)\n", machine.Read(Exports));
        Assert.Equal("20261130-120000 node1 3 b1\n", machine.Read($"/etc/kvm-operator/fenced/{Failed}"));
        Assert.Equal(2, machine.Calls.Count(call => call == "exportfs -f"));
    }

    [Fact]
    public async Task It_may_be_done_again_and_verified_without_a_change()
    {
        await fencing.FenceAsync(machine, order, Token);
        var again = await fencing.FenceAsync(machine, order with { Epoch = 4 }, Token);
        Assert.Empty(Left(again));

        var (exports, mark) = (machine.Read(Exports), machine.Read($"/etc/kvm-operator/fenced/{Failed}"));
        Assert.StartsWith("20261130-120000 node1 4 ", mark, StringComparison.Ordinal);
        var read = await fencing.VerifyAsync(machine, order, Token);

        Assert.Equal("20261130-120000", read.FailoverId);
        Assert.Equal(again.ExportsDigest, read.ExportsDigest);
        Assert.Equal((exports, mark), (machine.Read(Exports), machine.Read($"/etc/kvm-operator/fenced/{Failed}")));
    }

    [Fact]
    public async Task A_client_that_ends_with_expire_is_told_and_one_that_does_not_end_is_left()
    {
        Client("7", Failed, "node1");
        EndsWhenTold("7");
        Assert.Equal(["7"], (await fencing.FenceAsync(machine, order, Token)).Expired);

        Client("8", Failed, "node1");
        var read = await fencing.FenceAsync(machine, order, Token);

        Assert.Equal(["8"], read.Clients);
        Assert.False(read.IsSettled);
        Assert.Contains(read.Notes, note => note.StartsWith("client 8 does not end", StringComparison.Ordinal));
        Assert.Equal("expire\n", machine.Read("/proc/fs/nfsd/clients/8/ctl"));
    }

    [Fact]
    public async Task A_client_is_known_by_any_address_by_its_name_and_by_a_guests_disk()
    {
        var six = order with { Addresses = [Failed, "FD00::0:A"] };
        Client("1", "fd00::a", "other-name");
        Client("2", "10.9.9.9", "node1");
        Client("3", "10.9.9.8", "somebody", "0x1: { type: lock, superblock: \"08:01:131074\", filename: \"disk.qcow2\" }");
        Client("4", "10.9.9.7", "bystander", "0x1: { type: open, superblock: \"08:01:99\", filename: \"iso\" }");

        var read = await fencing.VerifyAsync(machine, six with { Inodes = ["08:01:131074"] }, Token);

        Assert.Equal(["1", "2", "3"], read.Clients.Order(StringComparer.Ordinal));
        Assert.Contains("08:01:131074", Assert.Single(read.States), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fd00::a")]
    [InlineData("FD00:0:0::000A")]
    [InlineData("fd00::/64")]
    [InlineData("fd00::8/125")]
    [InlineData("*")]
    [InlineData("*.example")]
    [InlineData("@hypervisors")]
    [InlineData("gss/krb5")]
    [InlineData("node1.example")]
    [InlineData("192.168.122.0/24")]
    [InlineData("192.168.122.96/255.255.255.224")]
    public async Task Whoever_lets_it_in_however_it_is_written_is_found(string client)
    {
        Table($"{machine.Path("/srv/images")}  {client}(rw,sync)");

        Assert.Single((await fencing.VerifyAsync(machine, order with { Addresses = [Failed, "fd00::a"] }, Token)).Exports);
    }

    [Theory]
    [InlineData("fd00::b")]
    [InlineData("fd00::/125")]
    [InlineData("fd01::/16")]
    [InlineData("192.168.122.10")]
    [InlineData("192.168.122.0/26")]
    [InlineData("192.168.122.128/255.255.255.128")]
    [InlineData("10.0.0.0/8")]
    public async Task Whoever_lets_in_others_is_none(string client)
    {
        Table($"{machine.Path("/srv/images")}  {client}(rw,sync)");

        Assert.Empty((await fencing.VerifyAsync(machine, order with { Addresses = [Failed, "fd00::a"] }, Token)).Exports);
    }

    [Theory]
    [InlineData("/srv", true)]
    [InlineData("/srv/images/sub", true)]
    [InlineData("/srv/images2", false)]
    [InlineData("/srv/other", false)]
    public async Task A_folder_above_or_below_the_store_lets_it_in_too(string path, bool isLeft)
    {
        Table($"{machine.Path(path)}  *(rw)");

        Assert.Equal(isLeft, (await fencing.VerifyAsync(machine, order, Token)).Exports.Count == 1);
    }

    [Fact]
    public async Task What_the_kernel_remembers_counts_and_what_it_does_not_believe_any_more_does_not()
    {
        var store = machine.Path("/srv/images");
        machine.Write("/proc/net/rpc/auth.unix.ip/content", $"#class IP domain\nnfsd {Failed} {Failed}\nnfsd fd00:0000:0000:0000:0000:0000:0000:000a fd00::a\nnfsd 10.1.1.1 -no-domain-\n");
        machine.Write("/proc/net/rpc/nfsd.export/content", $"#path domain(flags)\n{store}\t{Failed},10.0.0.0/8(rw,no_root_squash)\n# {store}\t{Failed}(rw)\n/elsewhere\t{Failed}(ro)\n");
        machine.Write("/proc/net/rpc/nfsd.fh/content", $"#domain fsidtype fsid [path]\n{Failed} 6 0x1 {store}\n{Healthy} 6 0x1 {store}\n{Failed} 6 0x2\n");

        var read = await fencing.VerifyAsync(machine, order with { Addresses = [Failed, "fd00::a"] }, Token);

        Assert.Equal(["auth.unix.ip", "auth.unix.ip", "nfsd.export", "nfsd.fh"], read.CacheEntries.Select(entry => entry.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_it_may_have_besides_keeps_nobody_from_shutting_it_out_of_the_store()
    {
        Table($"{machine.Path("/srv/images")}  {Failed}(rw)", $"{machine.Path("/srv/images")}  {Healthy}(rw)", "/iso  *(ro)");
        machine.Write("/proc/net/rpc/auth.unix.ip/content", $"nfsd {Failed} *\n");
        machine.Write("/proc/net/rpc/nfsd.export/content", "/\t*(ro,no_root_squash,sync,v4root,fsid=0)\n/iso\t*(ro)\n");
        machine.Write("/proc/net/rpc/nfsd.fh/content", "* 6 0x1 /\n* 6 0x2 /iso\n");
        Client("7", Failed, "node1");
        EndsWhenTold("7");
        var read = await fencing.FenceAsync(machine, order, Token);
        Assert.Empty(Left(read));
        Assert.Equal(["7"], read.Expired);

        // It lives, and has its other folder mounted again.
        Client("8", Failed, "node1", "0x1: { type: open, superblock: \"08:01:99\", filename: \"iso\" }");
        Assert.Empty(Left(await fencing.VerifyAsync(machine, order, Token)));
        Assert.Single((await fencing.VerifyAsync(machine, order with { Inodes = ["08:01:99"] }, Token)).States);

        // Those that do not end are from before.
        Assert.Equal(["8"], (await fencing.FenceAsync(machine, order, Token)).Clients);
    }

    [Fact]
    public async Task A_server_where_no_healthy_host_is_seen_proves_nothing()
    {
        Directory.Delete(machine.Path("/proc/fs/nfsd/clients"), recursive: true);
        Assert.False((await fencing.FenceAsync(machine, order, Token)).HasControl);

        Client("9", Healthy, "node2");
        Table();
        Assert.False((await fencing.VerifyAsync(machine, order, Token)).HasControl);
    }

    [Fact]
    public async Task What_mountd_lets_in_a_moment_later_is_ended_too()
    {
        Client("7", Failed, "node1");
        EndsWhenTold("7");
        // It comes back once, in the second that is waited.
        machine.Write("/during-sleep", $"[ -e \"$machine/came-back\" ] || {{ mkdir -p \"$machine/proc/fs/nfsd/clients/70\"; printf 'address: \"{Failed}:845\"\\nname: \"Linux NFSv4.2 node1\"\\n' > \"$machine/proc/fs/nfsd/clients/70/info\"; : > \"$machine/came-back\"; }}; [ ! -s \"$machine/proc/fs/nfsd/clients/70/ctl\" ] || rm -r \"$machine/proc/fs/nfsd/clients/70\"; [ ! -s \"$machine/proc/fs/nfsd/clients/7/ctl\" ] || rm -r \"$machine/proc/fs/nfsd/clients/7\"");

        var read = await fencing.FenceAsync(machine, order, Token);

        Assert.Empty(Left(read));
        Assert.True(read.IsSettled);
        Assert.Contains("70", read.Expired);
    }

    [Fact]
    public async Task A_server_that_restarts_in_between_is_told_by_its_two_boots()
    {
        machine.Write("/during-sleep", "echo b2 > \"$machine/proc/sys/kernel/random/boot_id\"");

        var read = await fencing.FenceAsync(machine, order, Token);

        Assert.Equal(("b1", "b2"), (read.BootBefore, read.Boot));
    }

    [Fact]
    public async Task An_older_leader_is_refused_and_so_is_a_failure_whose_fence_was_ended()
    {
        await fencing.FenceAsync(machine, order with { Epoch = 5 }, Token);
        Assert.Contains("a later leader, 5", (await Assert.ThrowsAsync<CommandFailedException>(() => fencing.FenceAsync(machine, order with { Epoch = 4 }, Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CommandFailedException>(() => fencing.UnfenceAsync(machine, order with { Epoch = 4 }, Token));

        await fencing.UnfenceAsync(machine, order with { Epoch = 5 }, Token);
        await fencing.UnfenceAsync(machine, order with { Epoch = 5 }, Token);
        Assert.Contains("was ended", (await Assert.ThrowsAsync<CommandFailedException>(() => fencing.FenceAsync(machine, order with { Epoch = 6 }, Token))).Message, StringComparison.Ordinal);
        Assert.Empty((await fencing.VerifyAsync(machine, order with { Epoch = 6 }, Token)).FailoverId);
        await fencing.FenceAsync(machine, order with { FailoverId = "20261130-130000", Epoch = 6 }, Token);
    }

    [Fact]
    public async Task Only_the_failure_that_fenced_ends_the_fence()
    {
        await fencing.FenceAsync(machine, order, Token);

        var refused = await Assert.ThrowsAsync<CommandFailedException>(() => fencing.UnfenceAsync(machine, order with { FailoverId = "20261130-130000" }, Token));

        Assert.Contains("is fenced for 20261130-120000", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(machine.Path($"/etc/kvm-operator/fenced/{Failed}")));
    }

    [Fact]
    public async Task A_host_is_marked_by_all_of_its_addresses_or_not_at_all()
    {
        var both = order with { Addresses = [Failed, "10.5.5.5"] };
        await fencing.FenceAsync(machine, both, Token);
        Assert.Equal(order.FailoverId, (await fencing.VerifyAsync(machine, both, Token)).FailoverId);

        File.Delete(machine.Path("/etc/kvm-operator/fenced/10.5.5.5"));
        Assert.Empty((await fencing.VerifyAsync(machine, both, Token)).FailoverId);
    }

    [Fact]
    public async Task A_broken_line_of_somebody_else_stops_nothing()
    {
        machine.Write("/etc/exports", "/gone nowhere.example(rw)\n");
        machine.Stub("exportfs", "case $1 in -s) [ ! -s \"$machine/etab\" ] || cat \"$machine/etab\" ;; -u) : > \"$machine/etab\"; printf '%s\\n' \"$machine/srv/images  192.168.122.200(rw)\" > \"$machine/etab\"; echo 'Failed to stat /gone' >&2; exit 1 ;; -f) exit 1 ;; esac");

        var read = await fencing.FenceAsync(machine, order, Token);

        Assert.Empty(Left(read));
        Assert.Contains("exportfs -f failed", read.Notes);
    }

    [Fact]
    public async Task Who_is_bringing_exports_in_line_is_waited_for_and_not_for_ever()
    {
        machine.Stub("flock", "exit 1");

        var refused = await Assert.ThrowsAsync<CommandFailedException>(() => fencing.FenceAsync(machine, order, Token));

        Assert.Contains("another is changing the exports", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(machine.Path("/etc/kvm-operator/fenced")));
        Assert.Empty((await fencing.VerifyAsync(machine, order, Token)).FailoverId);
    }

    [Theory]
    [InlineData("node1/../x", "20261130-120000", Failed)]
    [InlineData("node1", "a b", Failed)]
    [InlineData("node1", "20261130-120000", "node1.example")]
    public async Task What_cannot_name_a_file_reaches_no_server(string host, string failover, string address) =>
        await Assert.ThrowsAsync<ArgumentException>(() => fencing.FenceAsync(machine, order with { Host = host, FailoverId = failover, Addresses = [address] }, Token));

    [Fact]
    public async Task Nobody_is_no_host() => await Assert.ThrowsAsync<ArgumentException>(() => fencing.FenceAsync(machine, order with { Addresses = [] }, Token));

    [Theory]
    [InlineData("")]
    [InlineData("boot b1 b1\nmark x\ncontrol yes\nsettled yes\n")]
    [InlineData("boot b1\nmark x\ncontrol yes\nsettled yes\ndigest 1\n")]
    public void What_is_not_whole_is_no_reading(string output) => Assert.Null(StorageFenceReading.Parse(output));

    private static List<string> Left(StorageFenceReading read) => [.. read.Exports, .. read.CacheEntries, .. read.Clients, .. read.States];

    private void Table(params string[] lines) => machine.Write("/etab", string.Concat(lines.Select(line => $"{line}\n")));

    private void Client(string id, string address, string name, string states = "")
    {
        var shown = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        machine.Write($"/proc/fs/nfsd/clients/{id}/info", $"clientid: 0x1\naddress: \"{shown}:845\"\nstatus: confirmed\nname: \"Linux NFSv4.2 {name}\"\nminor version: 2\n");
        machine.Write($"/proc/fs/nfsd/clients/{id}/states", states.Length > 0 ? $"{states}\n" : string.Empty);
    }

    /// <summary>The kernel removes the folder of a client when it has ended; here that is done between two looks.</summary>
    private void EndsWhenTold(string id) => machine.Write("/during-sleep", $"[ ! -s \"$machine/proc/fs/nfsd/clients/{id}/ctl\" ] || rm -r \"$machine/proc/fs/nfsd/clients/{id}\"");
}
