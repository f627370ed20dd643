using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>Where UEFI variables are, in what libvirt and virt-install write.</summary>
public sealed class DomainFirmwareTests
{
    private const string Kept = "/srv/images/shop_web/.kept/firmware-variables.fd";
    private const string Default = "/var/lib/libvirt/qemu/nvram/web_VARS.fd";

    [Theory]
    [InlineData("<os><type>hvm</type></os>", null)]
    [InlineData("<os firmware='efi'><type>hvm</type></os>", Default)]
    [InlineData("<os firmware='efi'><type>hvm</type><loader stateless='yes'/></os>", null)]
    [InlineData("<os><type>hvm</type><loader type='pflash'>/ovmf</loader><nvram template='/t'>/a/b.fd</nvram></os>", "/a/b.fd")]
    [InlineData("<os><type>hvm</type><loader type='pflash'>/ovmf</loader><nvram template='/t'/></os>", Default)]
    [InlineData("<os><type>hvm</type><nvram type='file'><source file='/a/c.fd'/></nvram></os>", "/a/c.fd")]
    [InlineData("<os><type>hvm</type><nvram type='block'><source dev='/dev/x'/></nvram></os>", null)]
    public void The_file_is_found_or_is_where_libvirt_puts_it(string os, string? file) => Assert.Equal(file, DomainFirmware.Variables(Domain(os)));

    [Theory]
    [InlineData("<os firmware='efi'><type>hvm</type></os>")]
    [InlineData("<os><type>hvm</type><loader type='pflash'>/ovmf</loader><nvram template='/t'>/a/b.fd</nvram></os>")]
    [InlineData("<os><type>hvm</type><loader type='pflash'>/ovmf</loader><nvram template='/t' type='file'><source file='/srv/images/shop_web/.kept/firmware-variables.fd'/></nvram></os>")]
    public void It_is_placed_in_the_guests_folder_where_libvirt_leaves_its_owner_alone(string os)
    {
        var domain = Domain(os);
        var template = (string?)domain.Element("os")!.Element("nvram")?.Attribute("template");
        Assert.False(DomainFirmware.IsAt(domain, Kept));

        DomainFirmware.Place(domain, Kept);

        Assert.Equal(Kept, DomainFirmware.Variables(domain));
        Assert.True(DomainFirmware.IsAt(domain, Kept));
        Assert.Equal(template, (string?)domain.Element("os")!.Element("nvram")!.Attribute("template"));
        Assert.Contains("<seclabel model=\"dac\" relabel=\"no\" />", domain.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_without_UEFI_gets_none()
    {
        var domain = Domain("<os><type>hvm</type></os>");

        DomainFirmware.Place(domain, Kept);

        Assert.Equal("<os><type>hvm</type></os>", domain.Element("os")!.ToString(SaveOptions.DisableFormatting));
        Assert.True(DomainFirmware.IsAt(domain, Kept));
    }

    [Fact]
    public void A_new_guests_variables_are_in_its_folder_from_the_beginning()
    {
        var xml = DomainXml.Complete(Domain("<os firmware='efi'><type>hvm</type></os>"), RecordedGuests.Win with { FirmwareVariables = Kept });

        Assert.Equal(Kept, DomainFirmware.Variables(XElement.Parse(xml)));
    }

    private static XElement Domain(string os) => XElement.Parse($"<domain><name>web</name><uuid/>{os}<features/></domain>");
}
