using CsCheck;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.Inventory;

/// <summary>The index says what a search through all hosts and domains would.</summary>
public sealed class DomainIndexTests
{
    private static readonly Gen<DomainObservation> Domain = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2].Array[0, 2], (owner, uuid, name, files) =>
        Given.Domain(DomainState.Running, name: $"name{name}") with { Owner = owner == 0 ? null : new OwnerMarker("default", $"guest{owner}"), Uuid = new Guid(uuid, 0, 0, new byte[8]), DiskPaths = [.. files.Select(file => $"/images/{file}")] });

    /// <summary>A host, and what a look at it told: null for no answer.</summary>
    private static readonly Gen<(string Host, DomainObservation[]? Seen)> Look = Gen.Select(Gen.Int[1, 3], Domain.Array[0, 3].Null(), (host, seen) => ($"node{host}", seen));

    private readonly DomainIndex index = new();

    [Fact]
    public void After_any_looks_it_finds_what_a_search_would_find() => Look.Array[1, 12].Sample(looks =>
    {
        var tested = new DomainIndex();
        var hosts = new SortedDictionary<string, DomainObservation[]>(StringComparer.Ordinal);
        foreach (var (began, look) in looks.Index())
        {
            tested.Update(look.Host, look.Seen, began);
            hosts[look.Host] = look.Seen ?? hosts.GetValueOrDefault(look.Host, []);
        }

        for (var number = 0; number < 3; number++)
        {
            var (owner, uuid, name) = (new OwnerMarker("default", $"guest{number}"), new Guid(number, 0, 0, new byte[8]), $"name{number}");
            Assert.Equal(Search(hosts, domain => domain.Owner == owner), Found(tested.ByOwner(owner)));
            Assert.Equal(Search(hosts, domain => domain.Uuid == uuid), Found(tested.ByUuid(uuid)));
            Assert.Equal(Search(hosts, domain => domain.Name == name), Found(tested.ByName(name)));
            Assert.Equal(Search(hosts, domain => domain.DiskPaths.Contains($"/images/{number}", StringComparer.Ordinal)), Found(tested.ByFile($"/images/{number}")));
        }
    });

    [Fact]
    public void A_look_that_took_long_does_not_replace_one_that_began_after_it()
    {
        index.Update("node1", [Given.Domain(DomainState.Running)], 2);
        index.Update("node1", [], 1);

        Assert.Single(index.ByOwner(Given.Owner));
    }

    [Fact]
    public void The_domain_is_as_it_was_seen_last_though_it_is_the_same_one()
    {
        index.Update("node1", [Given.Domain(DomainState.Running)], 1);
        index.Update("node1", [Given.Domain(DomainState.ShutOff)], 2);

        Assert.Equal(DomainState.ShutOff, Assert.Single(index.ByUuid(Given.Identity.Uuid)).Domain.State);
    }

    [Fact]
    public void What_was_seen_on_a_host_that_does_not_answer_is_kept_and_is_not_current_until_the_host_is_forgotten()
    {
        index.Update("node1", [Given.Domain(DomainState.Running)], 1);
        index.Update("node1", null, 2);
        Assert.False(Assert.Single(index.ByOwner(Given.Owner)).IsCurrent);

        index.Forget("node1");
        Assert.Empty(index.ByOwner(Given.Owner));
    }

    [Fact]
    public void A_guests_own_domain_and_those_in_its_way_are_found_each_once()
    {
        var byHand = Given.HandMade(DomainState.ShutOff, Guid.NewGuid()) with { Name = Given.Identity.DomainName };
        index.Update("node1", [Given.Domain(DomainState.Running), Given.HandMade(DomainState.Running, Guid.NewGuid())], 1);
        index.Update("node2", [byHand], 1);

        Assert.Equal(["node1", "node2"], index.Of(Given.Identity).Select(place => place.Host));
    }

    private static List<(string Host, DomainObservation Domain)> Search(SortedDictionary<string, DomainObservation[]> hosts, Func<DomainObservation, bool> isIt) =>
        [.. hosts.SelectMany(host => host.Value.Where(isIt).Select(domain => (host.Key, domain)))];

    private static List<(string Host, DomainObservation Domain)> Found(IEnumerable<DomainPlace> places) => [.. places.Select(place => (place.Host, place.Domain))];
}
