using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using KvmOperator.Hosts;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.UnitTests.Api;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KvmOperator.HostTests.HostileText;

/// <summary>
/// What the validators let through of ten thousand hostile values for every text field of every spec, and the worst that they are made to let through, goes to real machines on the product's own
/// ways: it stands there literally, and nothing of it is run.
/// </summary>
public sealed class HostileTextScenario(LabFixture fixture) : LabScenario(fixture)
{
    private const int ValuesPerField = 10_000;

    /// <summary>An emulated machine takes seconds for a command: so many of each field, and so many long ones.</summary>
    private const int SentPerField = 150;
    private const int LongPerField = 10;
    private const int Long = 200;

    /// <summary>A command line holds some 128 KiB an argument, and quoted text in UTF-8 takes four times its characters at worst.</summary>
    private const int BatchCharacters = 24_000;

    /// <summary>Paths of all that a plain path may hold.</summary>
    private static readonly string[] Paths = ["/srv/a@b+c-d..e/_--help", "/srv/+-x/@._", "/srv/_e/0-o+.mount"];

    [Fact]
    public async Task Whatever_stands_in_a_field_reaches_a_host_as_it_is_or_not_at_all()
    {
        var ssh = new PoolManifests(await File.ReadAllTextAsync((await Lab.VerbAsync(CancellationToken, "ssh-config")).Output.Trim(), CancellationToken));
        var key = await File.ReadAllTextAsync(OperatorLab.PrivateKeyFile(Lab), CancellationToken);
        await using var node = Shell("node1");
        await using var storage = Shell("storage");
        await using var services = new ServiceCollection().AddLogging().AddKvmHosts().BuildServiceProvider();
        var boot = await BootAsync();

        await ArgumentsAreWhatTheyWereAsync(node);
        await ConfigurationIsReadAsItWasWrittenAsync(node);
        await CloudInitGetsItsFilesAsync(node, services.GetRequiredService<ICloudInitImages>());
        await AStoreIsExportedAsync(storage, services.GetRequiredService<INfsServer>());
        await ADomainHasItsNamesAsync(node, services.GetRequiredService<IDomains>(), services.GetRequiredService<IGuestRendering>());

        foreach (var machine in new[] { "node1", "storage" })
        {
            Assert.False((await Lab.TryRunAsync(machine, "test -e /canary", CancellationToken)).Succeeded, $"a value was run: the canary is on {machine}");
        }

        Assert.Equal(boot, await BootAsync());

        HostShell Shell(string name) => ShellFactory.Create(new HostConnectionSettings(name, "127.0.0.1", new HostCredentials { PrivateKey = key }) { Port = ssh.Port(name) });
    }

    /// <summary>What is let through, short and long, as arguments of a command.</summary>
    private static async Task ArgumentsAreWhatTheyWereAsync(HostShell node)
    {
        var sent = new List<string>();
        foreach (var field in HostileTexts.Fields.Values)
        {
            var taken = HostileTexts.For(field, ValuesPerField).Where(text => field.Errors(text) == 0).Where(IsArgument).ToList();
            sent.AddRange(taken.Where(text => text.Length <= Long).Take(SentPerField));
            sent.AddRange(taken.Where(text => text.Length > Long).Take(LongPerField));
        }

        Assert.True(sent.Count(text => text.Length > Long) >= LongPerField && sent.Count > SentPerField, $"only {sent.Count} values were let through");
        foreach (var batch in Batches(sent.Distinct(StringComparer.Ordinal)))
        {
            var answer = await node.RequireAsync(RemoteCommand.Script("printf '%s\\0' \"$@\" | sha256sum", batch), CancellationToken);
            Assert.Equal(Digest(string.Concat(batch.Select(value => value + "\0"))), answer.OutputText[..64]);
        }
    }

    /// <summary>Mount units as systemd reads them, and the blocks in files.</summary>
    private static async Task ConfigurationIsReadAsItWasWrittenAsync(HostShell node)
    {
        string[] options = ["sec=krb5:sys/x@-y._", "a_0"];
        foreach (var (server, path) in new[] { "FE80::1", "a-b.c:d", "10.0.0.1" }.Zip(Paths))
        {
            IsTaken("NfsStore.server.address", server);
            IsTaken("NfsStore.mountPath", path);
            IsTaken("NfsStore.exportPath", path);
            Assert.All(options, option => IsTaken("NfsStore.mountOptions", option));
            const string Read =
                """
                unit=$(systemd-escape --path --suffix=mount -- "$1") || exit
                cat >"/run/systemd/system/$unit" && systemctl daemon-reload && systemctl show -p What -p Where -p Options -- "$unit" && rm "/run/systemd/system/$unit"
                """;
            var read = await node.ReadAsync(RemoteCommand.Script(Read, path).WithInput(NfsClient.Unit(new StoreMount(server, path, path) { Options = options }) + "\n"), CancellationToken);
            var source = server.Contains(':', StringComparison.Ordinal) ? $"[{server}]" : server;
            Assert.Equal(
                new[] { $"Options=vers=4.2,hard,_netdev,{string.Join(',', options)}", $"What={source}:{path}", $"Where={path}" },
                read.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        }

        string[] servers = ["a-b.c:d", "2001:db8::1", "0.0"];
        Assert.All(servers, server => IsTaken("KvmHost.preparation.timeServers", server));
        var plan = new HostPlan("node1", ["192.168.122.100"])
        {
            Peers = [new PeerHost("a-b-0", ["2001:DB8::ffff:1"], Identity: null), new PeerHost("node2", ["192.168.122.200"], Identity: null)],
            TimeServers = servers,
        };
        Assert.True((await new HostNames().ApplyAsync(node, plan, CancellationToken)).IsReady);
        Assert.Contains("2001:db8::ffff:1", (await node.ReadAsync(RemoteCommand.Of("getent", "hosts", "a-b-0"), CancellationToken)).ToLowerInvariant(), StringComparison.Ordinal);
        await node.RequireAsync(RemoteCommand.Script(ManagedBlock.PutScript, "/run/chrony-test.conf", "0644").WithInput(TimeSynchronization.Lines(plan)), CancellationToken);
        var lines = (await node.ReadAsync(RemoteCommand.Of("cat", "/run/chrony-test.conf"), CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([.. servers.Select(server => $"server {server} iburst prefer"), "makestep 1 3"], lines[1..^1]);
    }

    private static async Task CloudInitGetsItsFilesAsync(HostShell node, ICloudInitImages images)
    {
        var field = HostileTexts.Fields["VirtualMachine.cloudInit.userData"];
        var text = string.Join('\n', HostileTexts.For(field, 1000).Where(text => text.Length <= Long && IsArgument(text)).Take(70));
        Assert.True(IsArgument(text) && field.Errors(text) == 0);
        const string Image = "/var/lib/libvirt/a@b+c-d/cloud-init.iso";
        await images.CreateAsync(node, Image, new CloudInitData("007", "a.b-c", text, text), isReplaced: false, CancellationToken);

        const string Read = "folder=$(mktemp -d) && xorriso -osirrox on -indev \"$1\" -extract / \"$folder/all\" >/dev/null 2>&1 && sha256sum <\"$folder/all/user-data\" && sha256sum <\"$folder/all/network-config\"";
        var read = await node.ReadAsync(RemoteCommand.Script(Read, Image), CancellationToken);
        Assert.All(read.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal(Digest(text), line[..64]));
    }

    private static async Task AStoreIsExportedAsync(HostShell storage, INfsServer server)
    {
        string[] options = ["rw", "sync", "no_root_squash", "no_subtree_check", "sec=sys"];
        Assert.All(options, option => IsTaken("NfsStore.exportOptions", option));
        var state = await server.ApplyAsync(storage, new StoreExport("a-b-0", Paths[0], ["192.168.122.100"]) { Options = options }, CancellationToken);

        Assert.True(state.IsReady, state.Message);
        var exports = await storage.ReadAsync(RemoteCommand.Of("exportfs", "-s"), CancellationToken);
        var export = Assert.Single(exports.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"{Paths[0]} ", export, StringComparison.Ordinal);
        Assert.Contains(" 192.168.122.100(", export, StringComparison.Ordinal);
    }

    private static async Task ADomainHasItsNamesAsync(HostShell node, IDomains domains, IGuestRendering rendering)
    {
        string[] files = [.. Paths.Select(path => "/var/lib/libvirt" + path + "/a@b+c--d.qcow2")];
        string[] networks = ["A.b_c-d", "0-_."];
        Assert.All(files, file => IsTaken("VirtualMachine.disks.source.existing", file[1..]));
        Assert.All(networks, network => IsTaken("VirtualMachine.networks.network", network));
        Assert.All(networks, network => IsTaken("VirtualMachine.networks.bridge", network));
        await node.RequireAsync(RemoteCommand.Script("for file; do mkdir -p \"$(dirname \"$file\")\" && qemu-img create -q -f qcow2 -- \"$file\" 1M || exit; done", files), CancellationToken);
        var identity = new DomainIdentity("a-b", "0.c-d");
        var guest = new GuestDefinition(
            identity,
            1,
            256 << 20,
            [.. files.Select((file, index) => new GuestDisk(file, "qcow2", "virtio", $"vd{(char)('a' + index)}"))],
            [
                .. networks.Select((network, index) => new GuestInterface(network, null, $"52:54:00:00:00:0{index}")),
                .. networks.Select((bridge, index) => new GuestInterface(null, bridge, $"52:54:00:00:00:1{index}")),
            ]);

        string? definition;
        do
        {
            definition = await rendering.RenderAsync(node, guest, CancellationToken);
        }
        while (definition is null);

        await domains.DefineAsync(node, identity, definition, CancellationToken);

        var devices = XElement.Parse(await domains.ReadXmlAsync(node, identity, live: false, CancellationToken)).Element("devices")!;
        Assert.Equal(files, devices.Elements("disk").Select(disk => (string?)disk.Element("source")?.Attribute("file")));
        var sources = devices.Elements("interface").Select(card => card.Element("source")!).ToList();
        Assert.Equal(networks, sources.Select(source => (string?)source.Attribute("network")).OfType<string>());
        Assert.Equal(networks, sources.Select(source => (string?)source.Attribute("bridge")).OfType<string>());
    }

    /// <summary>The worst text of a field is one that its validator lets through.</summary>
    private static void IsTaken(string field, string text) => Assert.True(HostileTexts.Fields[field].Errors(text) == 0, $"{field} does not take {text}");

    private static IEnumerable<IReadOnlyList<string>> Batches(IEnumerable<string> values)
    {
        var batch = new List<string>();
        var characters = 0;
        foreach (var value in values)
        {
            batch.Add(value);
            characters += value.Length;
            if (characters > BatchCharacters)
            {
                yield return batch;
                batch = [];
                characters = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    /// <summary>What can be an argument of a process: half a surrogate pair is no text and has no bytes.</summary>
    private static bool IsArgument(string value) => !value.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value)) == value;

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private async Task<string> BootAsync() => (await Lab.RunAsync("node1", "cat /proc/sys/kernel/random/boot_id", CancellationToken)).Output;
}
