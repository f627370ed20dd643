using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Places;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Places;

/// <summary>Which hosts may have a guest. Leaving one out is how a guest is started twice.</summary>
public sealed class PossibleHostsTests
{
    private static readonly HostObservation Runs = Given.Host(Given.Domain(DomainState.Running));

    [Fact]
    public void A_host_whose_spec_became_invalid_counts_as_silent_and_its_guests_are_not_started_elsewhere()
    {
        var broken = Host("node1");
        broken.Spec = broken.Spec with { Address = "" };

        var looks = PossibleHosts.Looks(Machine, [broken, Host("node2")], name => name == "node1" ? Runs : Given.Host());
        var location = GuestSearch.Find(Given.Identity, "node1", looks);

        Assert.Equal(["node1"], location.Unknown);
        Assert.IsType<GuestStep.Ask>(GuestDecisions.Next(Given.Spec(), Machine.Status!, location, TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public void Hosts_of_another_pool_are_asked_only_where_the_guest_was_last()
    {
        var other = Host("node9");
        other.Spec = other.Spec with { Pool = "other" };
        var last = Host("node1");
        last.Spec = last.Spec with { Pool = "other" };

        Assert.Equal(["node1", "node2"], PossibleHosts.Of(Machine, [other, Host("node2"), last]).Select(host => host.Name()));
    }

    [Fact]
    public void A_fenced_host_is_not_asked()
    {
        var fenced = Host("node1");
        fenced.Status = new KvmHostStatus { Conditions = [new V1Condition { Type = KvmHostConditions.Fenced, Status = "True" }] };

        Assert.DoesNotContain("node1", PossibleHosts.Looks(Machine, [fenced, Host("node2")], _ => null));
    }

    [Fact]
    public void A_host_that_is_another_ones_machine_is_not_asked_unless_the_guest_was_last_there()
    {
        var twin = Host("node3");
        var home = Host("node1");
        twin.Status = home.Status = new KvmHostStatus { Conditions = [new V1Condition { Type = KvmHostConditions.Reachable, Status = "False", Reason = KvmHostReasons.SameMachine }] };

        Assert.Equal(["node1", "node2"], PossibleHosts.Of(Machine, [twin, Host("node2"), home]).Select(host => host.Name()));
    }

    private static VirtualMachine Machine => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" },
        Spec = Given.Spec(),
        Status = new VirtualMachineStatus { Host = "node1", StartTime = DateTime.UnixEpoch },
    };

    private static KvmHost Host(string name)
    {
        var host = SpecSamples.Host;
        host.Metadata.Name = name;
        return host;
    }
}
