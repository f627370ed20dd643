using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Inventory.Observations;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.Inventory.Observations;

/// <summary>Which of two KvmHosts keeps a machine that both stand for.</summary>
public sealed class SameMachineTests
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly Dictionary<string, string> seen = new(StringComparer.Ordinal);

    [Fact]
    public void Different_machines_do_not_hinder_each_other()
    {
        seen["b"] = "boot of b";

        Assert.Null(Keeper(Host("a", Noon), "boot of a", Host("b", Noon)));
    }

    [Fact]
    public void The_older_one_keeps_the_machine()
    {
        var (older, younger) = (Host("z", Noon), Host("a", Noon.AddHours(1)));
        seen["z"] = seen["a"] = "boot";

        Assert.Equal("z", Keeper(younger, "boot", older, younger));
        Assert.Null(Keeper(older, "boot", older, younger));
    }

    [Fact]
    public void An_older_one_whose_address_was_changed_to_the_machine_of_another_does_not_take_it_away()
    {
        var (older, keeper) = (Host("a", Noon, recorded: "boot of a"), Host("z", Noon.AddHours(1), recorded: "boot of z"));
        seen["a"] = seen["z"] = "boot of z";

        Assert.Equal("z", Keeper(older, "boot of z", older, keeper));
        Assert.Null(Keeper(keeper, "boot of z", older, keeper));
    }

    [Fact]
    public void After_a_restart_of_the_operator_the_refused_one_that_is_looked_at_first_stays_refused()
    {
        var (keeper, refused) = (Host("z", Noon, recorded: "boot"), Refused(Host("a", Noon.AddHours(-1))));

        Assert.Equal("z", Keeper(refused, "boot", keeper, refused));
    }

    [Fact]
    public void Two_hosts_whose_addresses_were_exchanged_find_their_machines()
    {
        var (a, b) = (Host("a", Noon, recorded: "one"), Host("b", Noon, recorded: "two"));
        seen["a"] = "two";
        Assert.Equal("b", Keeper(a, "two", a, b));

        seen["b"] = "one";
        Assert.Null(Keeper(b, "one", Refused(a), b));
        Assert.Null(Keeper(Refused(a), "two", Refused(a), b));
    }

    [Fact]
    public void A_boot_that_could_not_be_read_proves_nothing()
    {
        seen["a"] = seen["b"] = "";

        Assert.Null(Keeper(Host("b", Noon), "", Host("a", Noon), Host("b", Noon)));
    }

    private string? Keeper(KvmHost host, string bootId, params KvmHost[] hosts) => SameMachine.Keeper(host, bootId, hosts, seen.GetValueOrDefault);

    private static KvmHost Host(string name, DateTime created, string? recorded = null)
    {
        var host = HostRig.Host(name);
        host.Metadata.CreationTimestamp = created;
        host.Status = new KvmHostStatus { System = new HostSystem { BootId = recorded } };
        return host;
    }

    private static KvmHost Refused(KvmHost host)
    {
        host.Status = host.Status! with { Conditions = [new V1Condition { Type = KvmHostConditions.Reachable, Status = "False", Reason = KvmHostReasons.SameMachine }] };
        return host;
    }
}
