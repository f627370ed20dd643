using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts.Relief;

/// <summary>Two hosts of four processors that are looked at every ten seconds: what the condition Overloaded says of them.</summary>
public sealed class HostReliefTests : IDisposable
{
    private const int Processors = 4;
    private const long GibiByte = 1L << 30;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly HostRig rig = new();
    private readonly Dictionary<string, KvmHost> hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> cores = new(StringComparer.Ordinal);
    private int looks;

    public HostReliefTests()
    {
        var store = SpecSamples.Store;
        store.Status = new NfsStoreStatus { Mounts = [.. new[] { "node1", "node2" }.Select(name => new StoreMount { Host = name, Ready = true })] };
        rig.Add(store);
        foreach (var name in new[] { "node1", "node2" })
        {
            hosts[name] = HostRig.Host(name);
            hosts[name].Spec = hosts[name].Spec with { Pool = "default" };
            hosts[name].Status = new KvmHostStatus
            {
                Capacity = new HostCapacity { Cpus = Processors, AllocatableCpus = 16, AllocatableMemoryBytes = 16 * GibiByte },
                Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = "True" }],
            };
            rig.Add(hosts[name]);
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_host_with_too_much_to_do_proposes_the_move_that_helps_as_what_can_be_pasted()
    {
        Add("db", 1.0, spec => spec with { Placement = new VirtualMachinePlacement { HostRef = SpecSamples.Named("node1") } });
        Add("web", 0.9);
        Add("wide", 1.9);

        await RunAsync(TimeSpan.FromMinutes(8));

        var (status, reason, message) = Said("node1");
        Assert.Equal(("True", KvmHostReasons.ProcessorsBusy), (status, reason));
        Assert.Matches(@"^its processors have been in use by \d+ % for \d min \(limit 85 %\)\. Best: default/w", message);
        Assert.Contains("default/db spec.placement.hostRef keeps it where it is", message, StringComparison.Ordinal);
        Assert.Matches(@"node1 \d+→\d+ %, node2 \d+→\d+ %", message);

        var pasted = message.Split('\n');
        Assert.Equal(("kubectl apply -f - <<'END'", "END"), (pasted[^3], pasted[^1]));
        var move = k8s.KubernetesYaml.Deserialize<VmMigration>(pasted[^2]);
        Assert.Matches("^relieve-(web|wide)-[0-9a-f]{10}$", move.Name());
        Assert.Equal(("default", "node2"), (move.Namespace(), move.Spec.TargetHostRef!.Name));
        Assert.Contains(move.Spec.VirtualMachineRef.Name, new[] { "web", "wide" });

        // Nothing is done, and it is told once.
        Assert.Empty(rig.Api.Created);
        Assert.Single(rig.Events, told => told.StartsWith("Warning ProcessorsBusy: Overloaded: its processors", StringComparison.Ordinal));
        Assert.Equal("False", Said("node2").Status);
    }

    [Fact]
    public async Task What_keeps_relief_back_is_said_instead()
    {
        Add("a", 1.9);
        Add("b", 1.9);
        hosts["node2"].Spec = hosts["node2"].Spec with { Mode = HostMode.Cordoned };

        await RunAsync(TimeSpan.FromMinutes(8));

        Assert.Contains("Nothing is proposed: the pool has no second host that is Ready. Not: ", Said("node1").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_used_as_it_should_be_says_so_in_words_that_do_not_change()
    {
        Add("a", 1.0);
        await RunAsync(TimeSpan.FromMinutes(6));
        var before = Said("node1");
        cores["a"] = 2.0;
        await RunAsync(TimeSpan.FromMinutes(6));

        Assert.Equal(("False", CommonReasons.AsExpected, "it has not had too much to do"), before);
        Assert.Equal(before, Said("node1"));
    }

    private void Add(string name, double uses, Func<VirtualMachineSpec, VirtualMachineSpec>? change = null)
    {
        var spec = Given.Spec();
        cores[name] = uses;
        rig.Add(new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name },
            Spec = change is null ? spec : change(spec),
            Status = new VirtualMachineStatus { Host = "node1", Conditions = [new V1Condition { Type = VirtualMachineConditions.Running, Status = "True" }] },
        });
    }

    private async Task RunAsync(TimeSpan time)
    {
        for (var end = looks + (time / Look); looks < end; looks++)
        {
            rig.Clock.Advance(Look);
            foreach (var name in hosts.Keys)
            {
                rig.Look = _ => Seen(name);
                hosts[name] = await rig.ReconcileAsync(hosts[name], Token);
            }
        }
    }

    private HostObservation Seen(string host)
    {
        var seconds = looks * Look.TotalSeconds;
        var busy = host == "node1" ? Math.Min(Processors, cores.Values.Sum()) : 0.4;
        return Given.Host(host == "node1" ? [.. cores.Select(guest => Domain(guest.Key, guest.Value * seconds))] : []) with
        {
            BootId = host,
            Processors = Processors,
            CpuTimes = new CpuTimes((long)(busy * seconds * 100), (long)(Processors * seconds * 100)),
            MemoryBytes = 18 * GibiByte,
            AvailableMemoryBytes = 9 * GibiByte,
        };
    }

    private static DomainObservation Domain(string name, double seconds)
    {
        var identity = new DomainIdentity("default", name);
        return Given.Domain(DomainState.Running, owner: new OwnerMarker("default", name), name: identity.DomainName) with { Uuid = identity.Uuid, CpuTimeNanoseconds = (long)(seconds * 1e9) };
    }

    private (string Status, string Reason, string Message) Said(string host)
    {
        var condition = hosts[host].Status!.Conditions.Single(one => one.Type == KvmHostConditions.Overloaded);
        return (condition.Status, condition.Reason, condition.Message);
    }
}
