using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Migrations;

/// <summary>What is asked and told about moves and processors over held connections. Both hosts' shells have no virsh: only what libvirt does not know is asked there.</summary>
public sealed class LibvirtMovesTests : IAsyncLifetime
{
    private static readonly DomainIdentity Guest = new("shop", "web");

    private readonly ScriptedHost source = new(("virsh", "case $* in *qemu+ssh:*) ;; *) exit 99 ;; esac"), ("ssh", "exit 0"), ("bash", "echo 'Connection refused'; exit 1"));
    private readonly ScriptedHost target = new(("virsh", "exit 99"));
    private readonly SimulatedLibvirt there = new();
    private readonly SimulatedLibvirt here = new();
    private readonly HostLibvirts hosts;
    private readonly VirshMigrations migrations;

    public LibvirtMovesTests()
    {
        hosts = new HostLibvirts(new Both(source, here.Connection, there.Connection), NullLogger<HostLibvirts>.Instance);
        migrations = new VirshMigrations(new SystemdJobs(), new LibvirtDomains(hosts, new VirshDomains()), new KeptGuests(), new LibvirtCpuBaseline(hosts, new CpuBaseline()), hosts);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await here.OpenAsync(Token);
        await there.OpenAsync(Token);
    }

    [Fact]
    public async Task What_the_target_lacks_is_told()
    {
        Runs("<interface type='network'><source network='default'/></interface><interface type='network'><source network='lan'/></interface>"
            + "<interface type='bridge'><source bridge='br-none'/></interface><disk type='file'><source file='/not/there'/><target dev='vda'/></disk>");
        there.Networks.Add("default");

        var facts = await FactsAsync();

        Assert.Equal(["lan", "br-none"], facts.MissingNetworks);
        Assert.Equal(["/not/there"], facts.MissingDisks);
        Assert.False(facts.NameTaken);
        Assert.True(facts is { SourceReachesTarget: true, SourceReachesPorts: true });
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("other", false)]
    public async Task A_name_that_is_taken_there_is_told(string name, bool isTaken)
    {
        Runs();
        there.Add(new DomainIdentity("shop", name), isOurs: false);

        Assert.Equal(isTaken, (await FactsAsync()).NameTaken);
    }

    [Fact]
    public async Task Nothing_is_lacking_where_all_is_there()
    {
        Runs();

        var facts = await FactsAsync();

        Assert.Equal((0, 0, false, false), (facts.MissingNetworks.Count, facts.MissingDisks.Count, facts.NameTaken, facts.HasSavedState));
        Assert.Null(facts.CpuIncompatibility);
        Assert.Empty(target.Commands);
    }

    [Theory]
    [InlineData("Good", null)]
    [InlineData("Bad", "the CPU is incompatible with host CPU: no svm")]
    public async Task The_processor_is_compared_on_the_target(string model, string? incompatibility)
    {
        var domain = Runs();
        domain.Xml = domain.Xml.Replace("<devices>", $"<cpu mode='custom'><model>{model}</model></cpu><devices>", StringComparison.Ordinal);

        Assert.Equal(incompatibility, (await FactsAsync()).CpuIncompatibility);
    }

    [Theory]
    [InlineData("pc-q35-7.2", null)]
    [InlineData("pc-q35-10.0", "the machine 'pc-q35-10.0' is not supported by emulator '/usr/bin/qemu-system-x86_64'")]
    public async Task A_machine_that_the_target_does_not_know_is_told_with_libvirts_words(string machine, string? refusal)
    {
        var domain = Runs("<emulator>/usr/bin/qemu-system-x86_64</emulator>");
        domain.LiveXml = domain.Xml = domain.Xml.Replace("<devices>", $"<os><type arch='x86_64' machine='{machine}'>hvm</type></os><devices>", StringComparison.Ordinal);
        there.Machines = ["pc-q35-7.2"];

        var facts = await FactsAsync();

        Assert.Equal((machine, refusal), (facts.MachineType, facts.MachineRefusal));

        // One that is off could not be defined there either.
        (domain.LiveXml, domain.State) = (null, DomainState.ShutOff);
        Assert.Equal(refusal, (await FactsAsync(isActive: false)).MachineRefusal);
    }

    [Fact]
    public async Task A_feature_that_the_targets_older_libvirt_has_no_name_for_is_a_refusal()
    {
        var domain = Runs();
        domain.Xml = domain.Xml.Replace("<devices>", "<cpu mode='custom'><model>Good</model><feature policy='require' name='null-sel-clr-base'/></cpu><devices>", StringComparison.Ordinal);
        there.UnknownFeatures = ["null-sel-clr-base"];

        Assert.Equal("Unknown CPU feature null-sel-clr-base", (await FactsAsync()).CpuIncompatibility);
    }

    [Fact]
    public async Task A_processor_that_could_not_be_compared_is_not_refused()
    {
        var domain = Runs();
        domain.Xml = domain.Xml.Replace("<devices>", "<cpu mode='custom'><model>Bad</model></cpu><devices>", StringComparison.Ordinal);
        there.Refusals[(Procedure.ConnectCompareHypervisorCpu, null)] = (LibvirtErrorCode.InternalError, "QEMU ended while it was asked");

        await Assert.ThrowsAsync<LibvirtRefusedException>(() => FactsAsync());
    }

    [Fact]
    public async Task Two_hosts_with_one_UUID_or_one_name_take_each_other_for_themselves()
    {
        Runs();
        here.Host = ("node1", new Guid(1, 2, 3, new byte[8]));
        there.Host = ("node2", here.Host.Uuid);
        Assert.Equal($"the UUID {here.Host.Uuid}", (await FactsAsync()).SameIdentity);

        there.Host = ("NODE1", new Guid(4, 5, 6, new byte[8]));
        Assert.Equal("the hostname node1", (await FactsAsync()).SameIdentity);

        there.Host = there.Host with { Name = "node2" };
        Assert.Null((await FactsAsync()).SameIdentity);
    }

    [Fact]
    public async Task The_past_of_a_guest_is_told_whether_it_runs_or_not()
    {
        Runs();
        here.Snapshots.Add("before upgrade");
        Assert.Equal(["snapshot before upgrade"], (await FactsAsync()).History);

        here.Domains.Clear();
        here.Add(Guest);
        here.HasSavedState = true;
        source.Commands.Clear();

        var facts = await FactsAsync(isActive: false);

        Assert.Equal(["snapshot before upgrade"], facts.History);
        Assert.True(facts.HasSavedState);
        Assert.Empty(source.Commands);
    }

    [Fact]
    public async Task A_guest_that_is_off_moves_with_its_definition()
    {
        var xml = here.Add(Guest).Xml;

        Assert.True(await migrations.MoveStoppedAsync(source, target, Guest, Token));

        Assert.Empty(here.Domains);
        Assert.Equal(xml, Assert.Single(there.Domains).Xml);
        Assert.Equal(["DomainDefineXmlFlags shop_web 1"], there.Changes);
    }

    [Fact]
    public async Task A_guest_that_is_off_takes_the_state_of_its_TPM_along()
    {
        here.Add(Guest, "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>");

        Assert.True(await migrations.MoveStoppedAsync(source, target, Guest, Token));

        // The machine of the test has no state of this guest, so there is nothing to take; that it is asked for is what counts.
        Assert.Contains(source.Commands, command => command.Label == "kept-guest send");
        Assert.Empty(here.Domains);
    }

    [Fact]
    public async Task A_guest_that_runs_is_not_moved_as_if_it_were_off()
    {
        Runs();

        Assert.False(await migrations.MoveStoppedAsync(source, target, Guest, Token));

        Assert.Single(here.Domains);
        Assert.Empty(there.Domains);
    }

    [Fact]
    public async Task How_the_last_move_went_is_told_and_nothing_when_libvirt_has_forgotten()
    {
        there.Add(Guest, runs: true);
        Assert.Null(await migrations.ReadCompletedAsync(target, Guest, Token));

        foreach (var (name, value) in ((string, long)[])[("data_total", 1000), ("data_processed", 900), ("time_elapsed", 4116), ("downtime", 80), ("memory_dirty_rate", 12), ("memory_page_size", 4096)])
        {
            there.Job[name] = value;
        }

        var progress = (await migrations.ReadCompletedAsync(target, Guest, Token))!;
        Assert.Equal((1000, 900, 12 * 4096), (progress.Total, progress.Processed, progress.DirtyBytesPerSecond));
        Assert.Equal((TimeSpan.FromMilliseconds(4116), TimeSpan.FromMilliseconds(80)), (progress.Elapsed, progress.Downtime));

        there.Refusals[(Procedure.DomainGetJobStats, null)] = (LibvirtErrorCode.OperationInvalid, "no statistics");
        Assert.Null(await migrations.ReadCompletedAsync(target, Guest, Token));
    }

    [Theory]
    [InlineData(DomainState.Running, 1, true)]
    [InlineData(DomainState.Running, 10, false)]
    [InlineData(DomainState.Paused, 12, false)]
    [InlineData(DomainState.Paused, 2, true)]
    public async Task A_move_that_cannot_be_given_up_is_in_post_copy_or_none(DomainState state, int reason, bool isGivenUp)
    {
        (Runs().State, here.Reason) = (state, reason);
        here.Refusals[(Procedure.DomainAbortJob, null)] = (LibvirtErrorCode.OperationInvalid, "geht nicht");

        Assert.Equal(isGivenUp, await migrations.AbortAsync(source, Guest, Token));
    }

    [Fact]
    public async Task A_move_that_cannot_be_given_up_for_any_other_reason_is_told()
    {
        Runs();
        here.Refusals[(Procedure.DomainAbortJob, null)] = (LibvirtErrorCode.OperationTimeout, "cannot acquire state change lock");

        await Assert.ThrowsAsync<LibvirtRefusedException>(() => migrations.AbortAsync(source, Guest, Token));
    }

    [Fact]
    public async Task A_move_that_is_over_or_was_switched_before_needs_no_post_copy()
    {
        await migrations.SwitchToPostCopyAsync(source, Guest, Token);
        Assert.True(await migrations.AbortAsync(source, Guest, Token));

        Runs();
        here.Refusals[(Procedure.DomainMigrateStartPostCopy, null)] = (LibvirtErrorCode.OperationInvalid, "post-copy can only be started while outgoing migration is in progress");
        await migrations.SwitchToPostCopyAsync(source, Guest, Token);
        here.Refusals.Clear();
        await migrations.SwitchToPostCopyAsync(source, Guest, Token);

        Assert.Equal(["DomainMigrateStartPostCopy shop_web 0"], here.Changes);
    }

    [Fact]
    public async Task The_processor_of_a_pool_is_computed_from_what_its_hosts_can_give_in_any_order()
    {
        var baseline = new LibvirtCpuBaseline(hosts, new CpuBaseline());

        Assert.Equal("<cpu><model>EPYC</model></cpu>", await baseline.ReadHostCpuAsync(source, Token));
        var cpu = await baseline.ComputeAsync(source, ["<cpu>B</cpu>", "<cpu>A</cpu>", "<cpu>B</cpu>"], Token);

        Assert.Equal("""<cpu mode="custom" check="partial"><model>A+B</model></cpu>""", cpu);
    }

    [Fact]
    public async Task The_processor_of_a_pool_leaves_out_what_the_libvirt_that_computes_has_no_name_for()
    {
        const string newer = "<cpu><model>A</model><feature policy='require' name='svm'/><feature policy='require' name='null-sel-clr-base'/><feature policy='disable' name='fs-gs-base-ns'/></cpu>";
        here.UnknownFeatures = ["null-sel-clr-base", "fs-gs-base-ns"];

        var cpu = await new LibvirtCpuBaseline(hosts, new CpuBaseline()).ComputeAsync(source, [newer, "<cpu><model>B</model></cpu>"], Token);

        Assert.Equal("""<cpu mode="custom" check="partial"><model>A+B</model></cpu>""", cpu);
    }

    public async ValueTask DisposeAsync()
    {
        await here.DisposeAsync();
        await there.DisposeAsync();
        source.Dispose();
        target.Dispose();
    }

    private SimulatedDomain Runs(string devices = "") => here.Add(Guest, devices, runs: true);

    private Task<MigrationTargetFacts> FactsAsync(bool isActive = true) => migrations.ReadFactsAsync(source, target, Guest, isActive, "192.0.2.200", Token);

    private sealed class Both(IHostShell source, LibvirtConnection here, LibvirtConnection there) : ILibvirtConnections
    {
        public Task<LibvirtConnection?> GetAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult<LibvirtConnection?>(host == source ? here : there);
    }
}
