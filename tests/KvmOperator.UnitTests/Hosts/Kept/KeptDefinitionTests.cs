using System.Xml.Linq;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Kept;

/// <summary>What is kept of a definition, and what a guest is made again from.</summary>
public sealed class KeptDefinitionTests
{
    private const string Uuid = "11111111-2222-3333-4444-555555555555";

    [Fact]
    public void No_secret_is_kept_and_a_console_that_had_a_password_is_closed_and_not_open()
    {
        var kept = KeptDefinition.Of(Domain(
            "<graphics type='vnc' port='-1' listen='0.0.0.0' passwd='hunter2' passwdValidTo='2030-01-01T00:00:00'/><graphics type='spice'/>"
            + "<disk type='network'><source protocol='https' name='a'><cookies><cookie name='session'>hunter2</cookie></cookies></source></disk>"));

        Assert.DoesNotContain("hunter2", kept.Xml, StringComparison.Ordinal);
        var graphics = XElement.Parse(kept.Xml).Descendants("graphics").ToList();
        Assert.Equal((string.Empty, null), ((string?)graphics[0].Attribute("passwd"), (string?)graphics[0].Attribute("passwdValidTo")));
        Assert.Null(graphics[1].Attribute("passwd"));
    }

    [Fact]
    public void What_is_made_again_is_what_it_was_with_the_processor_of_the_pool()
    {
        var before = Domain(
            "<disk type='file'><source file='/srv/a'/><target dev='vda'/><address type='pci' domain='0x0000' bus='0x07' slot='0x00' function='0x0'/></disk>",
            "<os><type arch='x86_64' machine='pc-q35-5.2'>hvm</type></os><cpu mode='custom'><model>Gone</model><topology sockets='1' cores='2' threads='1'/></cpu>");

        var again = XElement.Parse(KeptDefinition.Parse(KeptDefinition.Of(before).Xml)!.Again("<cpu mode='custom'><model>EPYC</model></cpu>"));

        var cpu = again.Element("cpu")!;
        Assert.Equal(("EPYC", "2"), ((string?)cpu.Element("model"), (string?)cpu.Element("topology")?.Attribute("cores")));
        var (was, now) = (XElement.Parse(before), again);
        was.Element("cpu")!.Remove();
        cpu.Remove();
        Assert.True(XNode.DeepEquals(was, now));
    }

    [Fact]
    public void Without_a_processor_of_the_pool_it_keeps_its_own()
    {
        var kept = KeptDefinition.Of(Domain(string.Empty, "<cpu mode='host-passthrough'/>"));

        Assert.Equal(kept.Xml, kept.Again(null));
        Assert.Equal(kept, KeptDefinition.Of(kept.Xml), (one, other) => one.Xml == other.Xml);
    }

    [Fact]
    public void Whose_it_is_and_what_ties_it_to_its_host_is_read()
    {
        var kept = KeptDefinition.Of(Domain(
            "<disk type='block' device='disk'><source dev='/dev/sdb'/><target dev='vdb'/></disk><hostdev mode='subsystem' type='pci'/><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"));

        Assert.Equal(("shop_web", Guid.Parse(Uuid), new OwnerMarker("shop", "web"), true), (kept.Name, kept.Uuid, kept.Owner, kept.HasTpm));
        Assert.Equal(["disk vdb (/dev/sdb)", "a device of its host"], kept.OfItsHost);
        Assert.False(KeptDefinition.Of(Domain("<tpm><backend type='passthrough'/></tpm>")).HasTpm);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<domain><name>half")]
    [InlineData("<domain><name>shop_web</name></domain>")]
    public void What_is_no_definition_is_told_from_one(string text) => Assert.Null(KeptDefinition.Parse(text));

    private static string Domain(string devices, string more = "") =>
        $"<domain type='kvm'><name>shop_web</name><uuid>{Uuid}</uuid><metadata>{new OwnerMarker("shop", "web").ToXml()}</metadata>{more}<devices>{devices}</devices></domain>";
}
