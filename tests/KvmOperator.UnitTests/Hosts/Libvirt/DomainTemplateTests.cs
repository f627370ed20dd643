using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>Definitions of guests that are made from one answer of virt-install.</summary>
public sealed class DomainTemplateTests
{
    [Theory]
    [InlineData("web")]
    [InlineData("win")]
    [InlineData("big")]
    public void A_guest_is_what_virt_install_would_have_written_down_for_it_as_recorded(string name)
    {
        var guest = RecordedGuests.Find(name);

        var filled = DomainTemplate.For(guest).Fill(RecordedGuests.OfShape(name), guest);

        Assert.Equal(XElement.Parse(RecordedGuests.Own(name)).ToString(), filled?.ToString());
    }

    [Fact]
    public void Guests_of_one_shape_have_one_template_and_what_decides_on_devices_makes_another()
    {
        var web = RecordedGuests.Web;
        GuestDefinition[] same =
        [
            web with { Identity = new DomainIdentity("shop", "db"), Vcpus = 2, MaximumVcpus = 8, MemoryBytes = 1L << 33, MaximumMemoryBytes = 1L << 34, CpuXml = "<cpu/>" },
            web with { Disks = [web.Disks[0] with { Path = "/elsewhere/x.qcow2" }], Interfaces = [new GuestInterface("lan", null, "52:54:00:99:99:99")] },
        ];
        GuestDefinition[] others =
        [
            web with { OperatingSystem = "win10" },
            web with { Firmware = GuestFirmware.Uefi },
            web with { Machine = "pc" },
            web with { CloudInitImage = "/x.iso" },
            web with { Disks = [web.Disks[0] with { Bus = "scsi", Target = "sda" }] },
            web with { Disks = [web.Disks[0] with { BootOrder = null }] },
            web with { Disks = [.. web.Disks, web.Disks[0] with { Target = "vdb" }] },
            web with { Interfaces = [] },
            web with { Interfaces = [new GuestInterface(null, "br0", "52:54:00:11:22:33")] },
            web with { Interfaces = [web.Interfaces[0] with { Model = "e1000e" }] },
        ];

        Assert.All(same, guest => Assert.Equal(DomainTemplate.For(web).Key, DomainTemplate.For(guest).Key));
        Assert.Equal(others.Length + 1, others.Append(web).Select(guest => DomainTemplate.For(guest).Key).Distinct().Count());
    }

    [Fact]
    public void Virt_install_is_shown_no_folder_for_which_it_would_make_a_pool()
    {
        foreach (var template in new[] { DomainTemplate.For(RecordedGuests.Win), DomainTemplate.OnlyFor(RecordedGuests.Win) })
        {
            var paths = template.Arguments.Where(argument => argument.StartsWith("path=", StringComparison.Ordinal)).ToList();

            Assert.Equal(template.Files.Select(file => $"path={template.Folder}/{file},"), paths.Select(path => path[..(path.IndexOf(',', StringComparison.Ordinal) + 1)]));
            Assert.StartsWith("/dev/", template.Folder, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("<memballoon model=\"virtio\"/>", "<memballoon model=\"virtio\"/><tpm><path>/x/kvm-operator_template</path></tpm>")]
    [InlineData("<cpu mode=\"host-model\"/>", "<cpu mode=\"host-model\"><topology sockets=\"1\" cores=\"4\" threads=\"1\"/></cpu>")]
    [InlineData("<vcpu current=\"1\">4</vcpu>", "<vcpu>4</vcpu>")]
    [InlineData("<memory>1263616</memory>", "<memory unit=\"MiB\">1234</memory>")]
    [InlineData("/disk0\"", "/disk9\"")]
    [InlineData("network=\"kvm-operator-network0\"", "network=\"default\"")]
    [InlineData("</devices>", "<interface type=\"user\"/></devices>")]
    [InlineData("<domain", "<nothing")]
    public void An_answer_that_was_not_foreseen_gives_no_guest(string recorded, string other)
    {
        var answer = RecordedGuests.OfShape("web").Replace(recorded, other, StringComparison.Ordinal);
        var guest = RecordedGuests.Web with { Vcpus = 2, MaximumVcpus = 8 };

        Assert.NotNull(DomainTemplate.For(guest).Fill(RecordedGuests.OfShape("web"), guest));
        Assert.Null(DomainTemplate.For(guest).Fill(answer, guest));
    }

    [Fact]
    public void A_guest_of_its_own_template_keeps_what_depends_on_its_processors()
    {
        var template = DomainTemplate.OnlyFor(RecordedGuests.Web);
        var answer = RecordedGuests.Own("web")
            .Replace("/var/lib/libvirt/images/default_web/root.qcow2", $"{template.Folder}/disk0", StringComparison.Ordinal)
            .Replace("<cpu mode=\"host-model\"/>", "<cpu mode=\"host-model\"><topology sockets=\"1\" cores=\"4\" threads=\"1\"/></cpu>", StringComparison.Ordinal);

        var filled = template.Fill(answer, RecordedGuests.Web)!;

        Assert.Equal("/var/lib/libvirt/images/default_web/root.qcow2", (string?)filled.Element("devices")!.Element("disk")!.Element("source")!.Attribute("file"));
        Assert.Equal("4", (string?)filled.Element("cpu")!.Element("topology")!.Attribute("cores"));
    }
}
