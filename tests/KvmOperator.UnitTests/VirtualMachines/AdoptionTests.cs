using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Lifecycle;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>A domain that a person made is taken over only when a person says so by its UUID.</summary>
public sealed class AdoptionTests
{
    private static readonly Guid HandMade = Guid.Parse("7c1f2b1a-0f5e-4f0e-9f3e-2d5f6a7b8c9d");

    [Fact]
    public void Nobodys_domain_of_that_uuid_is_adopted_where_it_runs()
    {
        var hosts = Hosts(Given.Host(Given.HandMade(DomainState.ShutOff, HandMade)), Given.Host(Given.HandMade(DomainState.Running, HandMade)));

        Assert.Equal(new GuestStep.Adopt("node2"), Next(Asking(HandMade), hosts));
    }

    [Fact]
    public void Without_the_annotation_it_is_left_alone_and_a_guest_of_our_own_is_made() =>
        Assert.Equal(new GuestStep.Create(), Next(Asking(null), Hosts(Given.Host(Given.HandMade(DomainState.Running, HandMade)))));

    [Fact]
    public void A_domain_that_is_not_there_is_not_made_up() => Assert.Equal(new GuestStep.NothingToAdopt(), Next(Asking(HandMade), Hosts(Given.Host())));

    [Fact]
    public void While_a_host_cannot_be_asked_nothing_is_adopted() =>
        Assert.IsType<GuestStep.Ask>(Next(Asking(HandMade), Hosts(Given.Host(Given.HandMade(DomainState.ShutOff, HandMade)), null)));

    [Fact]
    public void Somebody_elses_domain_is_not_adopted()
    {
        var taken = Given.HandMade(DomainState.Running, HandMade) with { Owner = new OwnerMarker("default", "other") };

        Assert.Equal(new GuestStep.NotOurs("node1"), Next(Asking(HandMade), Hosts(Given.Host(taken))));
    }

    [Fact]
    public void A_guest_that_has_a_domain_already_does_not_get_a_second_one() =>
        Assert.Equal(new GuestStep.NotOurs("node1"), Next(Asking(HandMade), Hosts(Given.Host(Given.Domain(DomainState.Running)))));

    [Fact]
    public void An_adopted_guest_is_known_by_its_uuid_also_without_the_annotation()
    {
        var machine = Asking(null);
        machine.Status = new VirtualMachineStatus { DomainUuid = HandMade.ToString() };

        Assert.Equal(HandMade, machine.Identity().Uuid);
        Assert.Equal(HandMade.ToString(), machine.Identity().Reference);
    }

    [Theory]
    [InlineData("byhand")]
    [InlineData("")]
    [InlineData("{7c1f2b1a-0f5e-4f0e-9f3e-2d5f6a7b8c9d}")]
    public void What_is_no_uuid_is_refused_with_the_way_to_find_it(string text)
    {
        var machine = Asking(null);
        machine.SetAnnotation(Annotations.AdoptDomain, text);

        Assert.Contains("virsh domuuid", Assert.Single(VirtualMachineValidator.Validate(machine)).Message, StringComparison.Ordinal);
    }

    private static VirtualMachine Asking(Guid? uuid)
    {
        var machine = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" }, Spec = Given.Spec() };
        if (uuid is { } asked)
        {
            machine.SetAnnotation(Annotations.AdoptDomain, asked.ToString());
        }

        return machine;
    }

    private static Dictionary<string, HostObservation?> Hosts(params HostObservation?[] hosts) =>
        hosts.Index().ToDictionary(pair => $"node{pair.Index + 1}", pair => pair.Item, StringComparer.Ordinal);

    private static GuestStep Next(VirtualMachine machine, Dictionary<string, HostObservation?> hosts) =>
        GuestLifecycle.Next(GuestReading.Facts(machine.Spec, new VirtualMachineStatus(), Given.Location(machine.Identity(), null, hosts)), TimeProvider.System.GetUtcNow());
}
