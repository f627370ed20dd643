using System.Xml.Linq;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Tests.Libvirt;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.VirtualMachines.Definitions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Definitions;

/// <summary>Where a guest keeps its UEFI variables after a comparison, with a simulated libvirt and scripts in a real shell.</summary>
public sealed class DomainChangesTests : IAsyncLifetime
{
    private const string Local = "/var/lib/libvirt/qemu/nvram/default_xx_VARS.fd";
    private const string Kept = "/srv/images/default_xx/.kept/firmware-variables.fd";

    private readonly SimulatedLibvirt libvirt = new();
    private readonly StubbedMachine host = new();
    private readonly DomainChanges changes;

    public DomainChangesTests()
    {
        var domains = new LibvirtDomains(new HostLibvirts(new GivenConnection(libvirt.Connection), NullLogger<HostLibvirts>.Instance), new VirshDomains());
        changes = new DomainChanges(domains, new QemuImages(new InlineJobs()), new KeptGuests());
        host.Stub("mountpoint", "exit 0");
        host.Stub("getent", "echo root:x:0:0::/root:/bin/sh");
        host.Stub("chown", "exit 0");
        host.Write(Local, "variables");
        Directory.CreateDirectory(host.Path("/srv/images"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static GuestDefinition Wanted => new(Given.Identity, 1, 256L << 20, [], []) { FirmwareVariables = Kept };

    public async ValueTask InitializeAsync() => await libvirt.OpenAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await libvirt.DisposeAsync();
        host.Dispose();
    }

    [Theory]
    [InlineData($"<os firmware='efi'><type>hvm</type></os>")]
    [InlineData($"<os><type>hvm</type><loader type='pflash'>/ovmf</loader><nvram template='/t'>{Local}</nvram></os>")]
    public async Task The_variables_of_a_guest_that_is_off_move_into_its_folder(string os)
    {
        var domain = Defined(os);

        await changes.ApplyAsync(host, Wanted, runs: false, Token);

        Assert.True(DomainFirmware.IsAt(XElement.Parse(domain.Xml), Kept));
        Assert.Equal("variables", host.Read(Kept));
        Assert.False(File.Exists(host.Path(Local)));
        var redefinitions = libvirt.Changes.Count;
        await changes.ApplyAsync(host, Wanted, runs: false, Token);
        Assert.Equal(redefinitions, libvirt.Changes.Count);
    }

    [Fact]
    public async Task While_the_guest_runs_they_stay_and_that_is_said()
    {
        var domain = Defined("<os firmware='efi'><type>hvm</type></os>", runs: true);
        var before = domain.Xml;

        var result = await changes.ApplyAsync(host, Wanted, runs: true, Token);

        Assert.Equal(before, domain.Xml);
        Assert.Equal("variables", host.Read(Local));
        Assert.Contains("its UEFI variables are on its host alone", result.Message, StringComparison.Ordinal);
        Assert.Empty(result.Waiting);
    }

    [Fact]
    public async Task A_guest_without_UEFI_is_left_alone()
    {
        Defined("<os><type>hvm</type></os>");

        await changes.ApplyAsync(host, Wanted, runs: false, Token);

        Assert.Empty(libvirt.Changes);
        Assert.False(Directory.Exists(host.Path("/srv/images/default_xx")));
    }

    private SimulatedDomain Defined(string os, bool runs = false)
    {
        var domain = libvirt.Add(Given.Identity);
        domain.Xml = domain.Xml.Replace("<devices>", $"{os}<vcpu>1</vcpu><memory>262144</memory><currentMemory>262144</currentMemory><devices>", StringComparison.Ordinal);
        if (runs)
        {
            (domain.State, domain.LiveXml) = (DomainState.Running, domain.Xml);
        }

        return domain;
    }
}
