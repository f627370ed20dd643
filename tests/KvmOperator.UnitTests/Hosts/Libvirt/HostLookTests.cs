using System.Diagnostics;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>The script of a look in a real shell, on a machine whose tools are stubs.</summary>
public sealed class HostLookTests : IDisposable
{
    private readonly StubbedMachine machine = new();

    public HostLookTests()
    {
        machine.Write("/proc/loadavg", "1.25 0.66 0.55 1/123 4567\n");
        machine.Stub("virsh", "case \"$*\" in *domstats*) echo @after ;; esac");
    }

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task Many_hung_stores_cost_a_look_no_more_than_one_does()
    {
        string[] hung = [.. Enumerable.Range(1, 12).Select(number => $"/srv/hung{number}")];
        machine.Stub("mountpoint", "case \"$*\" in *hung*) trap '' TERM; sleep 30 ;; *none) exit 1 ;; esac");
        machine.Stub("stat", "echo size 4096 1000 250");
        var clock = Stopwatch.StartNew();

        var seen = await HostLook.ObserveAsync(machine, ["/srv/good", .. hung, "/srv/none"], TestContext.Current.CancellationToken);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Assert.True(seen.LibvirtAnswers);
        Assert.Equal(1.25, seen.LoadAverage);
        Assert.Equal(new StoreProbe("/srv/good", Answers: true, 4096 * 1000, 4096 * 250, string.Empty), seen.Stores[0]);
        Assert.All(seen.Stores.Skip(1).Take(hung.Length), store => Assert.Equal("did not answer in time", store.Reason));
        Assert.Equal("not mounted", seen.Stores[^1].Reason);
        Assert.Empty(Directory.GetDirectories(machine.Path("/run"), "kvm-operator-look*"));
    }

    [Fact]
    public async Task What_guests_can_be_on_and_what_huge_pages_take_is_seen()
    {
        machine.Stub("virsh", "case \"$*\" in *domstats*) echo @after ;; *net-list*) printf '%s\\n' 'default  ' 'lan' '' ;; esac");
        machine.Write("/sys/class/net/br-dmz/bridge/bridge_id", "8000");
        machine.Write("/sys/class/net/eth0/mtu", "1500");
        machine.Write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "1000\n");
        machine.Write("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "2\n");

        var seen = await HostLook.ObserveAsync(machine, [], TestContext.Current.CancellationToken);

        Assert.Equal(["default", "lan"], seen.Networks);
        Assert.Equal(["br-dmz"], seen.Bridges);
        Assert.Equal((1000L * 2048 * 1024) + (2L << 30), seen.HugePagesBytes);
    }

    [Fact]
    public async Task Who_a_host_is_to_other_libvirts_is_read_with_its_versions()
    {
        machine.Stub("virsh", "case \"$*\" in *hostname*) echo node1.example.com ;; *capabilities*) echo '<capabilities><host><uuid>4c4c4544-0001-0002-0003-000000000004</uuid></host></capabilities>' ;; esac");

        var facts = await HostLook.ReadFactsAsync(machine, TestContext.Current.CancellationToken);

        Assert.Equal(("node1.example.com", "4c4c4544-0001-0002-0003-000000000004"), (facts.HostName, facts.Uuid));

        // One that was cut off, or is not there.
        machine.Stub("virsh", "case \"$*\" in *capabilities*) echo '<capabilities><host><uuid>4c' ;; esac");
        facts = await HostLook.ReadFactsAsync(machine, TestContext.Current.CancellationToken);
        Assert.Equal((string.Empty, string.Empty), (facts.HostName, facts.Uuid));
    }

    [Fact]
    public async Task Networks_that_libvirt_does_not_list_are_not_known_and_not_none()
    {
        machine.Stub("virsh", "case \"$*\" in *domstats*) echo @after ;; *net-list*) exit 1 ;; esac");

        Assert.Null((await HostLook.ObserveAsync(machine, [], TestContext.Current.CancellationToken)).Networks);
    }

    [Fact]
    public async Task A_look_without_stores_waits_for_none()
    {
        var seen = await HostLook.ObserveAsync(machine, [], TestContext.Current.CancellationToken);

        Assert.Empty(seen.Stores);
        Assert.True(seen.LibvirtAnswers);
    }
}
