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
    public async Task A_look_without_stores_waits_for_none()
    {
        var seen = await HostLook.ObserveAsync(machine, [], TestContext.Current.CancellationToken);

        Assert.Empty(seen.Stores);
        Assert.True(seen.LibvirtAnswers);
    }
}
