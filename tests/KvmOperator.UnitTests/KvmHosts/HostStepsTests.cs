using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using KvmOperator.KvmHosts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>When a prepared host is checked again.</summary>
public sealed class HostStepsTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly HostSteps steps;

    public HostStepsTests() => steps = new HostSteps("plan", clock);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 5)]
    [InlineData(3, 10)]
    [InlineData(30, 60)]
    public void Checks_take_half_a_percent_of_a_slow_hosts_time(int secondsTaken, int minutesUntilNext)
    {
        FindAll(TimeSpan.FromSeconds(secondsTaken));

        Assert.Equal(TimeSpan.FromMinutes(minutesUntilNext), steps.UntilDue);
    }

    [Fact]
    public void A_file_that_changed_is_a_reason_to_check_at_once_but_for_the_first_minute()
    {
        FindAll(TimeSpan.FromSeconds(30));
        clock.Advance(TimeSpan.FromSeconds(20));
        steps.FilesChanged(clock.GetTimestamp());
        Assert.Equal(TimeSpan.FromSeconds(40), steps.UntilDue);
        Assert.Empty(steps.Due);

        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(Enum.GetValues<PreparationStep>().Length, steps.Due.Count);

        FindAll(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromHours(1), steps.UntilDue);
    }

    [Fact]
    public void A_change_of_files_says_nothing_about_what_waits_longer_because_it_fails()
    {
        FindAll(TimeSpan.Zero);
        for (var time = 0; time < 10; time++)
        {
            steps.Found(new StepReport(PreparationStep.Firewall, new StepState(StepStatus.Failed, "no"), Mended: null));
        }

        clock.Advance(TimeSpan.FromMinutes(2));
        steps.Found(new StepReport(PreparationStep.Names, new StepState(StepStatus.Ready, "as it should be"), Mended: null));
        steps.FilesChanged(clock.GetTimestamp() - 1);

        Assert.True(steps.UntilDue <= TimeSpan.Zero);
        Assert.DoesNotContain(PreparationStep.Firewall, steps.Due);
    }

    private void FindAll(TimeSpan took)
    {
        foreach (var step in Enum.GetValues<PreparationStep>())
        {
            steps.Found(new StepReport(step, new StepState(StepStatus.Ready, "as it should be"), Mended: null), took);
        }
    }
}
