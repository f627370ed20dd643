using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>How often virt-install runs, with a stub of it that prints what was recorded.</summary>
public sealed class GuestRenderingTests : IDisposable
{
    private readonly StubbedMachine machine = new();
    private readonly InlineJobs jobs = new();
    private readonly FakeTimeProvider clock = new();
    private readonly GuestRendering rendering;

    public GuestRenderingTests()
    {
        rendering = new GuestRendering(jobs, clock);
        machine.Stub("stat", "cat \"$machine/software\"");
        machine.Write("/software", "4.1\n");
        Answer(RecordedGuests.OfShape("web"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Runs => machine.Calls.Count(call => call.StartsWith("virt-install", StringComparison.Ordinal));

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task Virt_install_runs_once_for_guests_of_one_shape_also_after_a_restart_of_the_operator()
    {
        var first = await rendering.RenderAsync(machine, RecordedGuests.Web, Token);
        var second = await rendering.RenderAsync(machine, RecordedGuests.Web with { Identity = new DomainIdentity("shop", "db") }, Token);
        var third = await new GuestRendering(jobs, clock).RenderAsync(machine, RecordedGuests.Web, Token);

        Assert.Equal(1, Runs);
        Assert.Equal(first, third);
        var domain = XElement.Parse(second!);
        Assert.Equal(("shop_db", new OwnerMarker("shop", "db")), ((string)domain.Element("name")!, OwnerMarker.Find(domain)));
        Assert.Equal(jobs.Started, jobs.Forgotten);
        Assert.False(Directory.Exists(machine.Path("/dev/kvm-operator")));
    }

    [Fact]
    public async Task Other_software_of_the_host_is_asked_anew()
    {
        await rendering.RenderAsync(machine, RecordedGuests.Web, Token);
        machine.Write("/software", "5.0\n");
        clock.Advance(TimeSpan.FromMinutes(2));

        await rendering.RenderAsync(machine, RecordedGuests.Web, Token);

        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task A_guest_that_cannot_be_made_from_the_template_of_its_shape_gets_its_own_and_the_template_is_not_tried_again_and_again()
    {
        // A virt-install that writes down more of the processors than is known here.
        machine.Stub(
            "virt-install",
            """
            for argument; do case $argument in path=*) path=${argument#path=}; folder=${path%%/disk0,*} ;; default_web) name=yes ;; esac; done
            file=$machine/of-shape
            [ -z "$name" ] || file=$machine/own
            sed -e "s|FOLDER|$folder|" "$file"
            """);
        const string topology = "<cpu mode=\"host-model\"><topology sockets=\"1\" cores=\"4\" threads=\"1\"/></cpu>";
        machine.Write("/of-shape", RecordedGuests.Own("web-template").Replace("<cpu mode=\"host-model\"/>", topology, StringComparison.Ordinal));
        machine.Write(
            "/own",
            RecordedGuests.Own("web").Replace("/var/lib/libvirt/images/default_web/root.qcow2", "FOLDER/disk0", StringComparison.Ordinal).Replace("<cpu mode=\"host-model\"/>", topology, StringComparison.Ordinal)
                .Replace("<vcpu current=\"1\">4</vcpu>", "<vcpu current=\"2\">8</vcpu>", StringComparison.Ordinal));
        var guest = RecordedGuests.Web with { Vcpus = 2, MaximumVcpus = 8 };

        var domain = XElement.Parse((await rendering.RenderAsync(machine, guest, Token))!);
        await rendering.RenderAsync(machine, guest, Token);

        Assert.Equal("8", (string)domain.Element("vcpu")!);
        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task What_virt_install_refuses_is_told_in_its_words()
    {
        machine.Stub("virt-install", "echo 'ERROR    Error validating install location: Unknown OS name' >&2; exit 1");

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => rendering.RenderAsync(machine, RecordedGuests.Web, Token));

        Assert.Contains("Unknown OS name", failure.Result.ErrorSummary, StringComparison.Ordinal);
        Answer(RecordedGuests.OfShape("web"));
        Assert.NotNull(await rendering.RenderAsync(machine, RecordedGuests.Web, Token));
    }

    [Fact]
    public async Task While_virt_install_is_at_work_nobody_waits()
    {
        jobs.AreSlow = true;

        Assert.Null(await rendering.RenderAsync(machine, RecordedGuests.Web, Token));
    }

    private void Answer(string xml)
    {
        machine.Write("/answer", xml);
        machine.Stub("virt-install", "sed \"s|/dev/kvm-operator|$machine/dev/kvm-operator|\" \"$machine/answer\"");
    }
}
