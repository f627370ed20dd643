using System.Text;
using System.Xml.Linq;
using CsCheck;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines.Disks;
using Xunit;
using YamlDotNet.RepresentationModel;
using ApiDiskSource = KvmOperator.Api.VirtualMachines.DiskSource;
using DiskSource = KvmOperator.Hosts.Images.DiskSource;

namespace KvmOperator.UnitTests.Hosts;

/// <summary>What a validator lets through stands in every file and document as it is: no value ends its line, its list or its element and begins another.</summary>
public sealed class LiteralRenderingTests
{
    private const string Key = SpecSamples.HostKey;
    private const int Samples = 5_000;

    private static readonly DomainIdentity Identity = new("shop", "web");

    /// <summary>Mostly what names are made of, so that enough is let through, and each character that means something somewhere.</summary>
    private static readonly Gen<string> Texts = Gen.OneOf(
        HostileTexts.Any,
        Gen.String[Gen.Char["abcxyzAZ0189.:_/@+=-"], 1, 20],
        Gen.String[Gen.Char["abcdefgh01=/"], 1, 5],
        Gen.String[Gen.Char["ab09.:/-=,%*?!()[]{}\"'\\# \n\t$&<>;"], 1, 6]);

    /// <summary>Names of which YAML makes something else than a text.</summary>
    private static readonly string[] Words = ["007", "1e3", "null", "true", "0x1f", "2026-01-01", "y"];

    /// <summary>A host's address is an IP address, whatever else a text may be.</summary>
    private static readonly Gen<string> Addresses = Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(bytes => new System.Net.IPAddress(bytes).ToString());

    /// <summary>All that XML can hold.</summary>
    private static readonly Gen<string> XmlTexts = Texts.Select(text => string.Concat(text.Where(System.Xml.XmlConvert.IsXmlChar)));

    [Fact]
    public void A_store_is_one_mount_and_one_export_whatever_it_is_called()
    {
        var lines = NfsClient.Unit(new StoreMount("server", "/export", "/mount")).Split('\n').Length;
        Holds("NfsStore.server.address", text => Unit(new StoreMount(text, "/export", "/mount"), $"What={Host(NetworkAddress.Canonical(text))}:/export"));
        Holds("NfsStore.exportPath", text => Unit(new StoreMount("server", text, "/mount"), $"What=server:{text}"), "/");
        Holds("NfsStore.mountPath", text => Unit(new StoreMount("server", "/export", text), $"Where={text}"), "/");
        Holds("NfsStore.mountOptions", text => Unit(new StoreMount("server", "/export", "/mount") { Options = [text, "noatime"] }, $"Options=vers=4.2,hard,_netdev,{text},noatime"));
        Holds("NfsStore.exportPath", text => Assert.Equal(text, NfsServer.Arguments(new StoreExport("images", text, ["10.0.0.1"]))[2]), "/");
        Holds("NfsStore.exportOptions", text => Assert.Equal($"{text},sync", NfsServer.Arguments(new StoreExport("images", "/export", ["10.0.0.1"]) { Options = [text, "sync"] })[3]));
        Addresses.Sample(text => Assert.Equal(text, NfsServer.Arguments(new StoreExport("images", "/export", [text]))[^1]), iter: Samples, threads: 1);

        static string Host(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

        void Unit(StoreMount store, string line)
        {
            var unit = NfsClient.Unit(store).Split('\n');
            Assert.Equal(lines, unit.Length);
            Assert.Single(unit, line);
        }
    }

    [Fact]
    public void A_host_is_one_line_in_its_peers_files_whatever_its_address_is() => Addresses.Sample(
        text =>
        {
            var plan = new HostPlan("node1", ["10.0.0.1"]) { Peers = [new PeerHost("node2", [text], new PeerIdentity(Key, [Key]))] };
            Assert.Equal([$"{text} node2"], HostNames.Lines(plan).Split('\n'));
            var files = PeerTrust.Files(plan).Select(file => file.Content.Split('\n')).ToList();
            Assert.Equal([$"from=\"{text}\",restrict {Key} kvm-operator@node2"], files[0]);
            Assert.Equal([$"{text},node2 {Key}"], files[1]);
            Assert.Equal($"Host {text} node2", files[2][0]);
            Assert.Equal(6, files[2].Length);
        },
        iter: Samples,
        threads: 1);

    [Fact]
    public void Devices_hold_any_text_as_one_value_of_XML() => XmlTexts.Sample(
        text =>
        {
            var disk = XElement.Parse(DomainXml.Disk(new GuestDisk(text, "qcow2", "virtio", "vda")));
            Assert.Equal(text, disk.Element("source")!.Attribute("file")!.Value);
            Assert.Equal(["driver", "source", "target"], disk.Elements().Select(element => element.Name.LocalName));
            var bridge = XElement.Parse(DomainXml.Interface(new GuestInterface(null, text, "52:54:00:12:34:56")));
            Assert.Equal(text, bridge.Element("source")!.Attribute("bridge")!.Value);
            var network = XElement.Parse(DomainXml.Interface(new GuestInterface(text, null, "52:54:00:12:34:56")));
            Assert.Equal(text, network.Element("source")!.Attribute("network")!.Value);
            var marked = XElement.Parse(new XElement("domain", new XElement("metadata", new OwnerMarker(text, "web").ToXml())).ToString(SaveOptions.DisableFormatting));
            Assert.Equal(new OwnerMarker(text, "web"), OwnerMarker.Find(marked));
        },
        iter: Samples,
        threads: 1);

    [Fact]
    public void Virt_install_is_told_a_value_and_not_two() => XmlTexts.Sample(
        text =>
        {
            var guest = new GuestDefinition(new DomainIdentity("shop", "web"), 1, 1 << 30, [new GuestDisk(text, "qcow2", "virtio", "vda")], [new GuestInterface(text, null, "52:54:00:12:34:56")]) { CloudInitImage = text };
            var arguments = VirtInstall.Arguments(guest).ToList();
            Assert.Equal($"path={text}", FirstItem(arguments[arguments.IndexOf("--disk") + 1]));
            Assert.Equal($"network={text}", FirstItem(arguments[arguments.IndexOf("--network") + 1]));
        },
        iter: Samples,
        threads: 1);

    [Fact]
    public void A_guest_is_made_of_the_words_of_its_spec()
    {
        Holds("VirtualMachine.operatingSystem", text => Assert.Equal(text, After("--osinfo", Guest() with { OperatingSystem = text })));
        Holds("VirtualMachine.networks.network", text => Assert.StartsWith($"network={text},mac=", After("--network", Guest(new GuestInterface(text, null, "52:54:00:12:34:56"))), StringComparison.Ordinal));
        Holds("VirtualMachine.networks.bridge", text => Assert.StartsWith($"bridge={text},mac=", After("--network", Guest(new GuestInterface(null, text, "52:54:00:12:34:56"))), StringComparison.Ordinal));
        Addresses.Sample(
            text => Assert.Contains($",mac={text},", After("--network", Guest(new GuestInterface("default", null, text))), StringComparison.Ordinal), iter: Samples, threads: 1);

        static GuestDefinition Guest(params GuestInterface[] interfaces) =>
            new(new DomainIdentity("shop", "web"), 1, 1 << 30, [new GuestDisk("/disk", "qcow2", "virtio", "vda")], interfaces);

        static string After(string option, GuestDefinition guest)
        {
            var arguments = VirtInstall.Arguments(guest).ToList();
            return arguments[arguments.IndexOf(option) + 1];
        }
    }

    [Fact]
    public void A_disk_is_a_file_of_its_store_whatever_its_source_is_called()
    {
        var store = SpecSamples.Store;
        var folder = store.Spec.MountPath + "/";
        Holds("VirtualMachine.disks.source.image", text => Assert.Equal(new DiskSource.Copy(folder + text, string.Empty), Plan(Of(new ApiDiskSource { Image = text }))!.Source));
        Holds("VirtualMachine.disks.source.existing", text => Assert.Equal(folder + text, GuestDisks.Path(Identity, Of(new ApiDiskSource { Existing = text }), store)));
        Holds("VirtualMachine.disks.name", text => Assert.Equal($"{folder}shop_web/{text}.qcow2", Plan(Of(null) with { Name = text })!.Path));

        DiskPlan? Plan(VirtualMachineDisk disk) => GuestDisks.Plan(Identity, disk, store, null);
        static VirtualMachineDisk Of(ApiDiskSource? source) => new() { Name = "root", StoreRef = SpecSamples.Named("images"), Size = new ResourceQuantity("1Gi"), Source = source };
    }

    [Fact]
    public void A_time_server_is_one_line_of_chrony() => Holds(
        "KvmHost.preparation.timeServers",
        text => Assert.Equal([$"server {text} iburst prefer", "makestep 1 3"], TimeSynchronization.Lines(new HostPlan("node1", ["10.0.0.1"]) { TimeServers = [text] }).Split('\n')));

    [Fact]
    public void Cloud_init_gets_files_byte_by_byte()
    {
        Holds("VirtualMachine.cloudInit.userData", text => Read(new CloudInitData("1", "web", text, NetworkData: null), "user-data", text));
        Holds("VirtualMachine.cloudInit.networkData", text => Read(new CloudInitData("1", "web", string.Empty, text), "network-config", text));

        static void Read(CloudInitData data, string name, string text)
        {
            var lines = CloudInitImages.Input(data).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(data.NetworkData is null ? 2 : 3, lines.Length);
            var content = Convert.FromBase64String(Assert.Single(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1]);
            Assert.Equal(Encoding.UTF8.GetBytes(text), content);
        }
    }

    [Fact]
    public void Cloud_init_reads_two_texts_whatever_a_guest_is_called() => Gen.OneOf(Gen.Int[0, 9999].Select(number => $"0{number}"), Gen.Int[0, Words.Length - 1].Select(index => Words[index]), XmlTexts).Sample(
        text =>
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(CloudInitImages.MetaData(new CloudInitData(text, text, string.Empty, NetworkData: null))));
            var root = Assert.IsType<YamlMappingNode>(Assert.Single(yaml.Documents).RootNode);
            Assert.Equal(["instance-id", "local-hostname"], root.Children.Keys.Select(key => key.ToString()));
            Assert.All(root.Children.Values.Cast<YamlScalarNode>(), value =>
            {
                Assert.Equal(text, value.Value);
                Assert.Equal(YamlDotNet.Core.ScalarStyle.DoubleQuoted, value.Style);
            });
        },
        iter: Samples,
        threads: 1);

    /// <summary>Everything before the first comma that is not doubled.</summary>
    private static string FirstItem(string list)
    {
        var item = new StringBuilder();
        for (var index = 0; index < list.Length; index++)
        {
            if (list[index] == ',' && (index + 1 == list.Length || list[++index] != ','))
            {
                break;
            }

            item.Append(list[index]);
        }

        return item.ToString();
    }

    /// <summary>Shows all values that the field's validator lets through, and that there are some.</summary>
    private static void Holds(string name, Action<string> render, string prefix = "")
    {
        var field = HostileTexts.Fields[name];
        var shown = 0;
        Texts.Select(text => prefix + text).Sample(
            text =>
            {
                if (field.Errors(text) == 0)
                {
                    shown++;
                    render(text);
                }
            },
            iter: Samples,
            threads: 1);
        Assert.True(shown > 20, $"{name}: only {shown} values were let through");
    }
}
