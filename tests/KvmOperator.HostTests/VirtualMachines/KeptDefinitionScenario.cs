using System.Text.RegularExpressions;
using System.Xml.Linq;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>
/// A guest is more than its disks: what it is survives its host, a move while it is off, and its object, on real hosts. Guests with UEFI are started and run nothing: EDK II writes CR8 after
/// each interrupt, and the emulator of the hosts gives up when that happens within a guest of theirs ("tcg_handle_interrupt: assertion failed"). libvirt makes the UEFI variables all the same.
/// </summary>
public sealed partial class KeptDefinitionScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Mount = "/var/lib/libvirt/images";
    private const string Uefi = "  firmware: UEFI\n  runStrategy: Manual";

    /// <summary>A KvmHost goes when its deletion was looked at again.</summary>
    private static readonly TimeSpan HostDeadline = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_guest_whose_host_is_lost_is_made_again_with_its_machine_type_its_addresses_and_its_UEFI_variables()
    {
        var lost = await MadeAsync(Uefi);
        var before = await DefinitionAsync(lost, "default_modern");
        Assert.Equal($"{Mount}/default_modern/.kept/firmware-variables.fd", (string?)before.Element("os")?.Element("nvram")?.Element("source")?.Attribute("file"));
        Assert.Equal("600", await OnStorageAsync("stat -c %a default_modern/.kept/domain.xml"));

        await Lab.Machines.VerbAsync(CancellationToken, "crash", lost);
        var variables = await OnStorageAsync("sha256sum < default_modern/.kept/firmware-variables.fd");
        await LetGoAsync(lost);

        var again = await Cluster.UntilAsync<VirtualMachine>(
            "default/modern", "it was made again, and is off", one => one.Status is { Phase: "Stopped", Host: { } host } && host == Other(lost) && one.Status.Is(CommonConditions.Ready), StartDeadline, CancellationToken);
        Assert.Contains(VirtualMachineReasons.MadeAgain, await Cluster.EventReasonsAsync("default/modern", CancellationToken));
        AssertSame(before, await DefinitionAsync(again.Status!.Host!, "default_modern"));
        Assert.Equal(variables, await OnStorageAsync("sha256sum < default_modern/.kept/firmware-variables.fd"));

        await StartedAsync(Other(lost));
    }

    [Fact]
    public async Task An_adopted_guest_whose_host_is_lost_is_made_again_as_the_person_made_it()
    {
        await Lab.Machines.RunAsync(
            "node1",
            $"cp {Mount}/guest.qcow2 {Mount}/byhand.qcow2 && chown libvirt-qemu:libvirt-qemu {Mount}/byhand.qcow2 && virt-install --name byhand --memory 256 --vcpus 1 --import --noautoconsole --graphics vnc,password=secret"
                + $" --osinfo detect=on,require=off --machine pc --cpu qemu64 --disk path={Mount}/byhand.qcow2,format=qcow2,bus=virtio,cache=none --network network=default,model=virtio,mac=52:54:00:00:00:77",
            CancellationToken);
        var uuid = (await Lab.Machines.RunAsync("node1", "virsh domuuid byhand", CancellationToken)).Output.Trim();
        await Cluster.ApplyAsync(PoolManifests.Adopted("kept", uuid, "byhand", "52:54:00:00:00:77"), CancellationToken);
        await UntilRunningAsync("kept");

        await KvmLab.UntilAsync(
            "its definition says what is to be at its next start", async () => (await DefinitionAsync("node1", "byhand")).ToString().Contains("error_policy", StringComparison.Ordinal), StartDeadline, CancellationToken);

        // Changed by hand meanwhile: that is what it is from then on.
        await Lab.Machines.RunAsync("node1", "virsh dumpxml --inactive --security-info byhand | sed \"s,</devices>,<watchdog model='i6300esb' action='none'/></devices>,\" > /tmp/byhand.xml && virsh define /tmp/byhand.xml && rm /tmp/byhand.xml", CancellationToken);
        await KvmLab.UntilAsync(
            "the change is kept", async () => (await OnStorageAsync("cat default_kept/.kept/domain.xml")).Contains("i6300esb", StringComparison.Ordinal), StartDeadline, CancellationToken);
        Assert.DoesNotContain("secret", await OnStorageAsync("cat default_kept/.kept/domain.xml"), StringComparison.Ordinal);
        var before = await DefinitionAsync("node1", "byhand");

        await Lab.Machines.VerbAsync(CancellationToken, "crash", "node1");
        await LetGoAsync("node1");

        var again = await Cluster.UntilAsync<VirtualMachine>(
            "default/kept", "it runs on the other host", one => one.Status is { Phase: "Running", Host: "node2" } && one.Status.Is(CommonConditions.Ready), StartDeadline, CancellationToken);
        Assert.Equal(("byhand", uuid), (again.Status!.DomainName, again.Status.DomainUuid));
        AssertSame(before, await DefinitionAsync("node2", "byhand"));
    }

    [Fact]
    public async Task A_UEFI_guest_moves_while_it_is_off_and_its_deletion_keeps_or_takes_what_it_was()
    {
        var source = await MadeAsync(Uefi);
        var before = await DefinitionAsync(source, "default_modern");

        // The host that has it does not go without saying so.
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", source, "--wait=false");
        var refused = await Cluster.UntilAsync<KvmHost>(
            source, "its deletion is refused for a guest that is off", host => host.Status.IsNot(KvmHostConditions.Drained, KvmHostReasons.GuestsDefined), HostDeadline, CancellationToken);
        Assert.Contains("default/modern", refused.Status.Condition(KvmHostConditions.Drained)!.Message, StringComparison.Ordinal);

        var variables = await OnStorageAsync("sha256sum < default_modern/.kept/firmware-variables.fd");
        Succeeded(await MoveAsync("off", "modern", Other(source)));
        await Cluster.UntilGoneAsync<KvmHost>(source, HostDeadline, CancellationToken);
        AssertSame(before, await DefinitionAsync(Other(source), "default_modern"));
        Assert.Equal(variables, await OnStorageAsync("sha256sum < default_modern/.kept/firmware-variables.fd"));

        await Cluster.ApplyAsync(new PoolManifests(await File.ReadAllTextAsync((await Lab.Machines.VerbAsync(CancellationToken, "ssh-config")).Output.Trim(), CancellationToken)).Hosts, CancellationToken);
        await Cluster.UntilAsync<KvmHost>(source, "it is Ready again", host => host.Status.Is(CommonConditions.Ready), TimeSpan.FromMinutes(10), CancellationToken);
        Succeeded(await MoveAsync("back", "modern", source));
        await StartedAsync(source);

        // Deleted with its disks kept, and applied again: the same guest.
        await DeleteAsync("modern");
        Assert.Equal("600", await OnStorageAsync("stat -c %a default_modern/.kept/domain.xml"));
        var applied = await MadeAsync($"{Uefi}\n  deletionPolicy: Delete");
        AssertSame(before, await DefinitionAsync(applied, "default_modern"));

        await DeleteAsync("modern");
        Assert.Equal("gone", await OnStorageAsync("[ -e default_modern ] || echo gone"));
    }

    /// <summary>Machine type, devices and their addresses: all by which a guest knows its machine again. The processor may be another one.</summary>
    private static void AssertSame(XElement before, XElement after)
    {
        Assert.Equal((string?)before.Element("os")?.Element("type")?.Attribute("machine"), (string?)after.Element("os")?.Element("type")?.Attribute("machine"));
        Assert.Equal((string?)before.Element("uuid"), (string?)after.Element("uuid"));
        Assert.Equal(before.Element("os")?.Element("nvram")?.ToString(), after.Element("os")?.Element("nvram")?.ToString());
        Assert.Equal(Devices(before), Devices(after));

        static IEnumerable<string> Devices(XElement domain)
        {
            // A console's password is not kept.
            domain.Descendants("graphics").Attributes("passwd").Remove();
            return domain.Element("devices")!.Elements().Select(device => device.ToString());
        }
    }

    /// <summary>A guest with UEFI that was on once, so that it has variables of its own.</summary>
    private async Task<string> MadeAsync(string more)
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("modern", more), CancellationToken);
        var host = (await UntilPhaseAsync("modern", "Stopped")).Status!.Host!;
        await StartedAsync(host);
        return host;
    }

    /// <summary>It is put on and off by hand, without running one instruction.</summary>
    private async Task StartedAsync(string host)
    {
        await Lab.Machines.RunAsync(host, "virsh start --paused default_modern && virsh destroy default_modern", CancellationToken, MoveDeadline);
        await UntilPhaseAsync("modern", "Stopped");
    }

    private async Task<XElement> DefinitionAsync(string host, string domain) => XElement.Parse((await Lab.Machines.RunAsync(host, $"virsh -r dumpxml --inactive {domain}", CancellationToken)).Output);

    private async Task<string> OnStorageAsync(string command) => (await Lab.Machines.RunAsync("storage", $"cd {OperatorLab.ExportPath} && {command}", CancellationToken)).Output.Trim();

    private async Task DeleteAsync(string guest)
    {
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", guest, "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>($"default/{guest}", StartDeadline, CancellationToken);
    }

    /// <summary>Lets a host go that is powered off, by the word that its own message asks for.</summary>
    private async Task LetGoAsync(string host)
    {
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", host, "--wait=false");
        var silent = await Cluster.UntilAsync<KvmHost>(
            host, "it is said how to let it go", one => ConfirmPoweredOff.IsMatch(one.Status.Condition(CommonConditions.Ready)?.Message ?? string.Empty), HostDeadline, CancellationToken);
        var word = ConfirmPoweredOff.Match(silent.Status.Condition(CommonConditions.Ready)!.Message).Value;
        await Cluster.KubectlAsync(CancellationToken, "annotate", "kvmhost", host, "--overwrite", word);
        await Cluster.UntilGoneAsync<KvmHost>(host, HostDeadline, CancellationToken);
    }

    [GeneratedRegex(@"kvmoperator\.io/confirm-powered-off=[^\s).]+(\.[^\s).]+)*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ConfirmPoweredOff { get; }
}
