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

    [Theory]
    [InlineData(true, 20, true)]
    [InlineData(true, 1, false)]
    [InlineData(true, 0, false)]
    [InlineData(false, 20, false)]
    public void A_guest_goes_on_when_its_store_answers_and_has_room(bool answers, long free, bool goesOn) =>
        Assert.Equal(goesOn, GuestStores.WithoutRoom("node1", [Store], Seen(new StoreProbe(Store.Spec.MountPath, answers, 1000, free, string.Empty))) is null);

    [Theory]
    [InlineData(49, false, true)]
    [InlineData(50, false, false)]
    [InlineData(74, true, true)]
    [InlineData(75, true, false)]
    public void A_store_that_was_nearly_full_needs_some_room_before_it_is_not(long free, bool was, bool isNearlyFull)
    {
        var store = new NfsStore { Metadata = Store.Metadata, Spec = Store.Spec, Status = new NfsStoreStatus { Conditions = was ? [new V1Condition { Type = NfsStoreConditions.SpaceAvailable, Status = "False" }] : [] } };

        Assert.Equal(isNearlyFull, GuestStores.IsNearlyFull(store, Seen(new StoreProbe(Store.Spec.MountPath, Answers: true, 1000, free, string.Empty))));
    }

    private static HostObservation Seen(params StoreProbe[] probes) => Given.Host() with { Stores = probes };
}
