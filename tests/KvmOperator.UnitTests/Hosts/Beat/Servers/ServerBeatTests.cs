using CsCheck;
using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat.Servers;

/// <summary>The lines and files are those of a Debian 12 server with Linux 6.1, as recorded.</summary>
public sealed class ServerBeatTests : IDisposable
{
    private const string Boot = "f871a296-0d77-4b53-a218-93a24a304f14";

    private const string Look =
        $"""
        export 1 /images{"\t"}192.168.122.100(rw,sync,wdelay,no_root_squash)
        export 1 /my\040images{"\t"}192.168.122.200(rw,sync)
        client 3 192.168.122.200:850 "Linux NFSv4.2 node2"
        client 5 [fd00::2]:753 "Linux NFSv4.2 node1"
        leases 3:4:confirmed 5::courtesy
        server 1|{Boot}|5419.41|8|2|1|2

        """;

    private const string Info =
        """
        clientid: 0x499ef6ef6b0d0cb1
        address: "192.168.122.100:753"
        status: confirmed
        seconds from last renew: 1
        name: "Linux NFSv4.2 node1\nstatus: courtesy"
        minor version: 2
        Implementation domain: "kernel.org"
        Implementation name: "Linux 6.1.0-57-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-26) x86_64"
        Implementation time: [0, 0]
        callback state: UP
        callback address: 192.168.122.100:0

        """;

    private readonly FakeTimeProvider clock = new();
    private readonly ScriptOutput lines = new();
    private readonly ServerBeatReader reader;
    private readonly string folder = Directory.CreateTempSubdirectory("kvm-operator-nfsd-").FullName;
    private int told;

    public ServerBeatTests()
    {
        reader = new ServerBeatReader(Stream.Null, lines, clock);
        _ = reader.ReadAsync(() => told++, Cancellation);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        reader.Dispose();
        lines.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_look_tells_who_has_a_lease_and_who_may_mount_what()
    {
        await lines.WriteAsync(Look, Cancellation);
        var beat = reader.Latest!;

        Assert.Equal((1, Boot, TimeSpan.FromSeconds(5419.41), true), (beat.Sequence, beat.BootId, beat.Uptime, beat.IsServing));
        Assert.Equal(
            [
                new NfsClientLease("3", "192.168.122.200", "Linux NFSv4.2 node2", Confirmed: true, TimeSpan.FromSeconds(4)),
                new NfsClientLease("5", "fd00::2", "Linux NFSv4.2 node1", Confirmed: false, SinceRenewal: null),
            ],
            beat.Clients);
        Assert.Equal([new ServerExport("/images", "192.168.122.100", "rw,sync,wdelay,no_root_squash"), new ServerExport("/my images", "192.168.122.200", "rw,sync")], beat.Exports);
        Assert.Equal((1, 0), (told, reader.Skipped));
    }

    [Fact]
    public async Task Ages_alone_are_no_news_and_a_client_that_left_is()
    {
        await lines.WriteAsync(Look, Cancellation);
        await lines.WriteAsync($"leases 3:6:confirmed 5::courtesy\nserver 2|{Boot}|5421.4|8|2|1|2\n", Cancellation);
        Assert.Equal((1, TimeSpan.FromSeconds(6)), (told, reader.Latest!.Clients[0].SinceRenewal));

        await lines.WriteAsync($"leases 3:8:confirmed\nserver 3|{Boot}|5423.4|8|1|1|2\n", Cancellation);
        Assert.Equal((2, 1), (told, reader.Latest!.Clients.Count));

        await lines.WriteAsync($"server 4|{Boot}|5425.4||0|1|2\n", Cancellation);
        Assert.Equal((3, 0, false), (told, reader.Latest!.Clients.Count, reader.Latest.IsServing));
    }

    [Fact]
    public async Task Exports_are_told_anew_when_they_changed_and_may_be_none()
    {
        await lines.WriteAsync(Look, Cancellation);
        await lines.WriteAsync($"export 2 /images\t*(ro)\nserver 2|{Boot}|5421.4|8|0|2|1\n", Cancellation);
        Assert.Equal([new ServerExport("/images", "*", "ro")], reader.Latest!.Exports);

        await lines.WriteAsync($"server 3|{Boot}|5423.4|8|0|3|0\n", Cancellation);
        Assert.Empty(reader.Latest!.Exports);
        Assert.Equal(3, reader.Latest.Sequence);
    }

    [Theory]
    [InlineData("leases 3:4:confirmed\nserver 2|f871a296-0d77-4b53-a218-93a24a304f14|5421.4|8|2|1|2\n")]
    [InlineData("leases 3:4:confirmed 9:1:confirmed\nserver 2|f871a296-0d77-4b53-a218-93a24a304f14|5421.4|8|2|1|2\n")]
    [InlineData("server 2|f871a296-0d77-4b53-a218-93a24a304f14|5421.4|8|0|2|3\n")]
    [InlineData("export 2 /images\t*(ro)\nserver 2|f871a296-0d77-4b53-a218-93a24a304f14|5421.4|8|0|2|2\n")]
    [InlineData("server 2|nonsense|5421.4|8|0|1|2\n")]
    public async Task A_look_of_which_a_part_is_missing_is_none(string look)
    {
        await lines.WriteAsync(Look, Cancellation);
        clock.Advance(TimeSpan.FromSeconds(2));
        await lines.WriteAsync(look, Cancellation);

        Assert.Equal((1, 2), (reader.Latest!.Sequence, reader.Latest.Clients.Count));
        Assert.Equal(TimeSpan.FromSeconds(2), reader.Silence);
        Assert.NotEqual(0, reader.Skipped);
    }

    [Fact]
    public Task Whatever_a_server_says_nothing_is_thrown() =>
        Gen.Select(Gen.Int[0, Look.Length], Gen.Int[0, 60], Gen.OneOf(Gen.String, Gen.Const("\nleases 1:2:3\n"), Gen.Const("\nexport 9 \n"), Gen.Const("\nclient 1\n"))).SampleAsync(async (start, length, text) =>
        {
            using var output = new ScriptOutput();
            output.Add(System.Text.Encoding.UTF8.GetBytes(Look.Remove(start, Math.Min(length, Look.Length - start)).Insert(start, text)));
            output.End();
            using var one = new ServerBeatReader(Stream.Null, output, clock);
            await one.ReadAsync(() => { }, Cancellation);
        });

    [Fact]
    public async Task The_script_reads_the_kernels_files_without_any_program()
    {
        Write("nfsd/threads", "8\n");
        Write("nfsd/clients/5/info", Info);
        Write("etab", "/images\t192.168.122.100(rw,sync)\n");
        await using var script = new HeldProcess(Script(), path: "/nonexistent", shell: "/bin/bash");
        using var server = new ServerBeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = server.ReadAsync(() => { }, Cancellation);
        await HeldProcess.UntilAsync(() => server.Latest is not null, Cancellation);

        Assert.Equal([new NfsClientLease("5", "192.168.122.100", "Linux NFSv4.2 node1\\nstatus: courtesy", Confirmed: true, TimeSpan.FromSeconds(1))], server.Latest!.Clients);
        Assert.Equal([new ServerExport("/images", "192.168.122.100", "rw,sync")], server.Latest.Exports);
        Assert.True(server.Latest.IsServing);

        Write("nfsd/clients/7/info", Info.Replace("seconds from last renew: 1\n", string.Empty, StringComparison.Ordinal).Replace("status: confirmed\n", string.Empty, StringComparison.Ordinal));
        Write("etab", string.Empty);
        await HeldProcess.UntilAsync(() => server.Latest.Exports.Count == 0 && server.Latest.Clients.Count == 2, Cancellation);
        Assert.Equal((true, null), (server.Latest.Clients[1].Confirmed, server.Latest.Clients[1].SinceRenewal));
        Assert.Equal(0, server.Skipped);
        Assert.Empty(script.Children);

        script.Input.Close();
        await listening;
    }

    [Fact]
    public async Task A_machine_without_an_nfs_server_says_so()
    {
        await using var script = new HeldProcess(Script(), shell: "/bin/bash");
        using var server = new ServerBeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = server.ReadAsync(() => { }, Cancellation);
        await HeldProcess.UntilAsync(() => server.Latest is not null, Cancellation);

        Assert.Equal((false, 0, 0), (server.Latest!.IsServing, server.Latest.Clients.Count, server.Latest.Exports.Count));

        script.Input.Close();
        await listening;
    }

    private RemoteCommand Script() => RemoteCommand.Of("bash", [.. BeatCommands.Server.Arguments.Skip(1).Take(4), Path.Combine(folder, "nfsd"), Path.Combine(folder, "etab")]);

    private void Write(string name, string content)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
