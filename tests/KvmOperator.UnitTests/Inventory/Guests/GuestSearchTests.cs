using CsCheck;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.Inventory.Guests;

/// <summary>A guest is found wherever it is, and a host that could not be asked is never taken for one that does not have it.</summary>
public sealed class GuestSearchTests
{
    private static readonly Gen<HostObservation?> Host = Gen.Int[0, 5].Select(kind => kind switch
    {
        0 => null,
        1 => Given.Host() with { LibvirtAnswers = false },
        2 => Given.Host(),
        3 => Given.Host(Given.Domain(DomainState.Running)),
        4 => Given.Host(Given.Domain(DomainState.ShutOff)),
        _ => Given.Host(Given.Domain(DomainState.Paused, 5)),
    });

    [Fact]
    public void Every_host_is_where_it_runs_where_it_is_off_unknown_or_without_it() => Host.Array[1, 5].Sample(hosts =>
    {
        var named = new Dictionary<string, HostObservation?>(StringComparer.Ordinal);
        foreach (var (index, host) in hosts.Index())
        {
            named[$"node{index}"] = host;
        }

        var location = Given.Location(Given.Identity, "node0", named);
        var unknown = named.Count(pair => pair.Value is not { LibvirtAnswers: true });
        var without = named.Count(pair => pair.Value is { LibvirtAnswers: true, Domains.Count: 0 });
        return location.Unknown.Count == unknown && location.Running.Count + location.Defined.Count + unknown + without == hosts.Length
            && (location.Domain is null) == (location.Running.Count + location.Defined.Count == 0);
    });

    [Fact]
    public void The_running_one_counts_and_else_the_one_where_it_was_last()
    {
        var hosts = new Dictionary<string, HostObservation?>(StringComparer.Ordinal)
        {
            ["node1"] = Given.Host(Given.Domain(DomainState.ShutOff)),
            ["node2"] = Given.Host(Given.Domain(DomainState.ShutOff)),
        };
        Assert.Equal(["node2", "node1"], Given.Location(Given.Identity, "node2", hosts).Defined);

        hosts["node1"] = Given.Host(Given.Domain(DomainState.Running));
        Assert.Equal(DomainState.Running, Given.Location(Given.Identity, "node2", hosts).Domain!.State);
    }

    [Fact]
    public void A_domain_of_its_name_without_our_mark_is_foreign()
    {
        var foreign = Given.Domain(DomainState.Running, owner: new OwnerMarker("other", "yy"));

        var location = Given.Location(Given.Identity, null, new Dictionary<string, HostObservation?>(StringComparer.Ordinal) { ["node1"] = Given.Host(foreign) });

        Assert.Equal("node1", location.Foreign);
        Assert.Empty(location.Running);
    }
}
