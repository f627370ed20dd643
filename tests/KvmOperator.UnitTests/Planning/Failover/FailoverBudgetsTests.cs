using KvmOperator.Planning.Failover;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>Budgets hold together, or say what does not.</summary>
public sealed class FailoverBudgetsTests
{
    [Fact]
    public void Both_profiles_hold()
    {
        Assert.Empty(FailoverBudgets.Default.Problems());
        Assert.Empty(FailoverBudgets.Patient.Problems());
    }

    [Fact]
    public void What_would_convict_the_living_is_told()
    {
        Assert.Contains("failed must be at least 7 s", Assert.Single((FailoverBudgets.Default with { Suspected = TimeSpan.FromSeconds(5), Failed = TimeSpan.FromSeconds(6), IsolatedPatience = TimeSpan.FromSeconds(6), FailedProbes = 2, LeaseSilence = TimeSpan.FromSeconds(6) }).Problems()), StringComparison.Ordinal);
        Assert.Contains("grow in this order", Assert.Single((FailoverBudgets.Default with { Suspected = TimeSpan.FromSeconds(10) }).Problems()), StringComparison.Ordinal);
        Assert.Contains("blind", Assert.Single((FailoverBudgets.Default with { Blind = TimeSpan.FromSeconds(9) }).Problems()), StringComparison.Ordinal);
        Assert.Contains("most of a pool is never fenced at once", Assert.Single((FailoverBudgets.Default with { StormDivisor = 1 }).Problems()), StringComparison.Ordinal);
        Assert.Contains("so few that there is time for them", Assert.Single((FailoverBudgets.Default with { FailedProbes = 8 }).Problems()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 5)]
    [InlineData(3, 10)]
    [InlineData(4, 20)]
    [InlineData(6, 60)]
    [InlineData(500, 60)]
    public void A_method_is_tried_for_ever_and_ever_more_seldom(int tries, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), FailoverBudgets.Default.RetryAfter(tries));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(7, 1)]
    [InlineData(8, 2)]
    [InlineData(40, 10)]
    public void A_quarter_of_a_pool_and_always_one_may_be_fenced(int hosts, int limit) => Assert.Equal(limit, FailoverBudgets.Default.StormLimit(hosts));
}
