using KvmOperator.Planning.Failover.Recovery;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>What ran is started elsewhere, unless its owner said otherwise.</summary>
public sealed class RestartPolicyTests
{
    [Theory]
    [InlineData(RestartWish.Always, true, true, null, true)]
    [InlineData(RestartWish.Always, true, false, null, true)]
    [InlineData(RestartWish.UntilItEnds, true, true, null, true)]
    [InlineData(RestartWish.UntilItEnds, true, false, null, false)]
    [InlineData(RestartWish.ByHand, true, true, null, true)]
    [InlineData(RestartWish.ByHand, true, false, null, false)]
    [InlineData(RestartWish.Never, true, true, null, false)]
    [InlineData(RestartWish.Always, false, true, null, false)]
    [InlineData(RestartWish.Always, true, true, "its spec is invalid", false)]
    public void A_guest_is_started_elsewhere_by_its_owners_wish(RestartWish wish, bool mayRestart, bool ran, string? unusable, bool isStarted) =>
        Assert.Equal(isStarted, RestartPolicy.Refuse(wish, mayRestart, ran, unusable) is null);
}
