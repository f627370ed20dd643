using KvmOperator.Hosts.Jobs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Jobs;

/// <summary>systemd 252's answers, as recorded.</summary>
public sealed class JobStateParserTests
{
    [Theory]
    [InlineData("active", "running", "success", JobPhase.Running)]
    [InlineData("activating", "start", "success", JobPhase.Running)]
    [InlineData("deactivating", "stop-sigterm", "success", JobPhase.Running)]
    [InlineData("active", "exited", "success", JobPhase.Succeeded)]
    [InlineData("failed", "failed", "exit-code", JobPhase.Failed)]
    [InlineData("failed", "failed", "timeout", JobPhase.Failed)]
    public void The_phase_follows_from_the_units_state(string active, string sub, string result, JobPhase expected)
    {
        var state = JobStateParser.Parse($"Result={result}\nExecMainStatus=3\nLoadState=loaded\nActiveState={active}\nSubState={sub}\n\nb3V0Cg==\nZXJyCg==\n");

        Assert.Equal(expected, state.Phase);
        Assert.Equal(expected == JobPhase.Running ? null : 3, state.ExitStatus);
        Assert.Equal("out\n", state.Output);
        Assert.Equal("err\n", state.Error);
    }

    [Fact]
    public void A_unit_that_systemd_does_not_know_is_missing() =>
        Assert.Equal(JobState.Missing, JobStateParser.Parse("Result=success\nExecMainStatus=0\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n\n\n\n"));

    [Theory]
    [InlineData("migration", "a;b")]
    [InlineData("migration", "")]
    [InlineData("migration", "-x")]
    [InlineData("Migration", "a")]
    [InlineData("migration", "a\n")]
    public void A_name_that_no_unit_can_have_is_refused(string kind, string uid) => Assert.Throws<ArgumentException>(() => new JobName(kind, uid));
}
