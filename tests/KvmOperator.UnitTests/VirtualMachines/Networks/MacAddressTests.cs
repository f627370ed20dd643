using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Api;
using KvmOperator.VirtualMachines.Networks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Networks;

/// <summary>No two guests have the same address, and one that was chosen stays.</summary>
public sealed class MacAddressTests
{
    private const string Given = "52:54:00:aa:bb:cc";

    private readonly KvmOperator.Runtime.Informers.ObjectStore<VirtualMachine> machines = VirtualMachines.Given.Stored();
    private readonly MacAddressBook book;
    private int version;

    public MacAddressTests() => book = new MacAddressBook(machines);

    [Fact]
    public void A_copied_manifest_is_refused_and_names_the_other_guest()
    {
        var first = Put("web1", mac: Given);
        Write(first);
        var second = Put("web2", mac: Given.ToUpperInvariant(), age: 1);

        Assert.Equal([Given], book.Choose(first, null).Addresses);
        var refused = book.Choose(second, null);
        Assert.Empty(refused.Addresses);
        Assert.Contains($"{Given} is the address of a network card of the guest default/web1", refused.Refusal, StringComparison.Ordinal);
        Assert.Equal([Given], book.Choose(first, null).Addresses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_that_come_at_once_one_is_refused_in_whichever_order_they_ask(bool reversed)
    {
        var older = Put("b", mac: Given);
        var younger = Put("a", mac: Given, age: 1);

        VirtualMachine[] asking = reversed ? [younger, older] : [older, younger];
        var refusals = asking.Where(guest => book.Choose(guest, null).Refusal is not null).Select(guest => guest.Name()).ToList();

        Assert.Equal(["a"], refusals);
    }

    [Fact]
    public void An_address_that_is_derived_and_taken_is_followed_by_the_next_one_which_is_kept()
    {
        var derived = new DomainIdentity("default", "web2").MacAddress(0);
        Write(Put("web1", mac: derived));
        var second = Put("web2", age: 1);

        var chosen = Assert.Single(book.Choose(second, null).Addresses);

        Assert.Equal(new DomainIdentity("default", "web2").MacAddress(0, attempt: 1), chosen);
        Write(second, chosen);
        machines.Remove(new EntityKey("default", "web1"));
        Assert.Equal([chosen], book.Choose(second, null).Addresses);
        Assert.Equal([chosen], GuestMacAddresses.Of(second));
    }

    [Fact]
    public void What_was_chosen_a_moment_ago_counts_before_it_is_written_down()
    {
        var derived = new DomainIdentity("default", "late").MacAddress(0);
        var first = Put("first", mac: derived, age: 1);
        Assert.Equal([derived], book.Choose(first, null).Addresses);

        // It is older, and comes to the store only now.
        var late = Put("late");
        Assert.NotEqual(derived, Assert.Single(book.Choose(late, null).Addresses));
    }

    [Fact]
    public void After_a_loss_of_the_cluster_what_its_domain_has_is_chosen_again()
    {
        var next = new DomainIdentity("default", "web").MacAddress(0, attempt: 3);
        var guest = Put("web");

        Assert.Equal([next], book.Choose(guest, Domain(DomainState.ShutOff, "52:54:00:00:00:01", next)).Addresses);
    }

    [Fact]
    public void What_a_running_guest_has_is_not_taken_from_under_it()
    {
        var derived = new DomainIdentity("default", "web2").MacAddress(0);
        Write(Put("web1", mac: derived));
        var second = Put("web2", age: 1);

        Assert.Equal([derived], book.Choose(second, Domain(DomainState.Running, derived)).Addresses);
        Assert.NotEqual([derived], book.Choose(second, Domain(DomainState.ShutOff, derived)).Addresses);
    }

    [Fact]
    public void All_of_thousands_of_guests_have_another_one()
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        for (var number = 0; number < 20_000; number++)
        {
            var guest = Put($"guest{number}");
            var chosen = Assert.Single(book.Choose(guest, null).Addresses);
            Assert.True(all.Add(chosen), $"guest{number} has {chosen}, too");
            Write(guest, chosen);
        }
    }

    private static DomainObservation Domain(DomainState state, params string[] addresses) => VirtualMachines.Given.Domain(state) with { MacAddresses = addresses };

    private VirtualMachine Put(string name, string? mac = null, int age = 0)
    {
        var guest = new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name, CreationTimestamp = DateTime.UnixEpoch.AddDays(age) },
            Spec = VirtualMachines.Given.Spec() with { Networks = mac is null ? [] : [new VirtualMachineNetwork { Network = "default", Mac = mac }] },
        };
        Store(guest);
        return guest;
    }

    private void Write(VirtualMachine guest, params string[] addresses)
    {
        guest.Status = new VirtualMachineStatus { MacAddresses = addresses.Length > 0 ? addresses : GuestMacAddresses.Of(guest) };
        Store(guest);
    }

    private void Store(VirtualMachine guest)
    {
        guest.Metadata.ResourceVersion = (++version).ToString(System.Globalization.CultureInfo.InvariantCulture);
        machines.Put(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta
                {
                    Name = guest.Name(), NamespaceProperty = guest.Namespace(), Uid = guest.Uid(), CreationTimestamp = guest.Metadata.CreationTimestamp, ResourceVersion = guest.Metadata.ResourceVersion,
                },
                Spec = guest.Spec,
                Status = guest.Status,
            },
            out _);
    }
}
