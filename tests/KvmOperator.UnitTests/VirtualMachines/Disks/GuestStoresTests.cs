using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines.Disks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>Nobody touches the files of a store that hangs, or writes to the folder where it is not mounted.</summary>
public sealed class GuestStoresTests
{
    private static readonly NfsStore Store = new() { Metadata = new V1ObjectMeta { Name = "images" }, Spec = SpecSamples.Store.Spec };

    [Fact]
    public void A_store_that_answers_may_be_used() => Assert.Null(GuestStores.Silent("node1", [Store], Seen(new StoreProbe(Store.Spec.MountPath, Answers: true, 1, 1, string.Empty))));

    [Theory]
    [InlineData("not mounted")]
    [InlineData("no answer within 4 s")]
    public void A_store_that_does_not_is_named_with_what_the_look_found(string reason) =>
        Assert.Contains($"images does not answer on node1: {reason}", GuestStores.Silent("node1", [Store], Seen(new StoreProbe(Store.Spec.MountPath, Answers: false, 0, 0, reason))), StringComparison.Ordinal);

    [Fact]
    public void Without_a_look_nothing_is_known()
    {
        Assert.NotNull(GuestStores.Silent("node1", [Store], null));
        Assert.NotNull(GuestStores.Silent("node1", [Store], Seen()));
    }

    private static HostObservation Seen(params StoreProbe[] probes) => Given.Host() with { Stores = probes };
}
