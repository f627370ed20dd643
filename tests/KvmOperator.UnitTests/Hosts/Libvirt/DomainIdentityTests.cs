using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

public sealed class DomainIdentityTests
{
    [Fact]
    public void The_same_object_has_the_same_domain_for_ever()
    {
        var identity = new DomainIdentity("shop", "web-1");

        Assert.Equal("shop_web-1", identity.DomainName);
        Assert.Equal(identity.Uuid, new DomainIdentity("shop", "web-1").Uuid);
        Assert.Equal('5', identity.Uuid.ToString()[14]);
        Assert.Contains(identity.Uuid.ToString()[19], "89ab");
        Assert.StartsWith("52:54:00:", identity.MacAddress(0), StringComparison.Ordinal);
        Assert.NotEqual(identity.MacAddress(0), identity.MacAddress(1));
    }

    [Fact]
    public void No_two_objects_share_a_domain()
    {
        Assert.NotEqual(new DomainIdentity("a-b", "c").DomainName, new DomainIdentity("a", "b-c").DomainName);
        Assert.NotEqual(new DomainIdentity("a-b", "c").Uuid, new DomainIdentity("a", "b-c").Uuid);
    }

    [Fact]
    public void What_is_asked_for_in_loops_over_all_domains_is_not_computed_at_each_question()
    {
        var identity = new DomainIdentity("shop", "web-1");
        Assert.Same(identity.DomainName, identity.DomainName);
        Assert.Same(identity.Reference, identity.Reference);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var same = 0;
        for (var question = 0; question < 1000; question++)
        {
            same += identity.Uuid == identity.Uuid ? 1 : 0;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.Equal(1000, same);
        Assert.Equal(new DomainIdentity("shop", "web-1"), identity);
    }

    [Theory]
    [InlineData("a_b", "c")]
    [InlineData("a", "b_c")]
    [InlineData("a", "")]
    [InlineData("a", "b\n")]
    [InlineData("a", "$(id)")]
    [InlineData("A", "b")]
    public void What_is_no_Kubernetes_name_is_refused(string objectNamespace, string name) =>
        Assert.Throws<ArgumentException>(() => new DomainIdentity(objectNamespace, name));
}
