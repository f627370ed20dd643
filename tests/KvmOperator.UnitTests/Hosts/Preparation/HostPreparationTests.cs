using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The order of things, with fake steps.</summary>
public sealed class HostPreparationTests : IDisposable
{
    private static readonly StepState Ready = new(StepStatus.Ready, "well");
    private static readonly StepState Drifted = new(StepStatus.Drifted, "differs");

    private readonly StubbedMachine machine = new();
    private readonly FakeTimeProvider clock = new();
    private readonly List<StepReport> told = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task A_check_that_ends_too_late_is_that_steps_failure_and_the_others_go_on()
    {
        var reports = await RunAsync(
            new FakeStep(PreparationStep.Names, () => throw TooLate(), () => Ready),
            new FakeStep(PreparationStep.Firewall, () => throw Failed(), () => Ready),
            new FakeStep(PreparationStep.Selinux, () => Drifted, () => Ready));

        Assert.Equal([StepStatus.Failed, StepStatus.Failed, StepStatus.Ready], reports.Select(report => report.State.Status));
        Assert.Contains("did not end within 30 s", reports[0].State.Message, StringComparison.Ordinal);
        Assert.Contains("no such tool", reports[1].State.Message, StringComparison.Ordinal);
        Assert.Equal("differs", reports[2].Mended);
    }

    [Fact]
    public async Task Mending_that_ends_too_late_is_that_steps_failure()
    {
        var report = Assert.Single(await RunAsync(new FakeStep(PreparationStep.Names, () => Drifted, () => throw TooLate())));

        Assert.Equal(StepStatus.Failed, report.State.Status);
        Assert.StartsWith("differs; mending it failed: ", report.State.Message, StringComparison.Ordinal);
        Assert.Null(report.Mended);
    }

    [Fact]
    public async Task What_concerns_the_connection_is_no_steps_failure() => await Assert.ThrowsAsync<HostUnreachableException>(
        () => RunAsync(new FakeStep(PreparationStep.Names, () => throw new HostUnreachableException("node1", "away", commandMayHaveRun: true), () => Ready)));

    [Theory]
    [InlineData(StepStatus.Ready, "differs")]
    [InlineData(StepStatus.InProgress, null)]
    [InlineData(StepStatus.Drifted, null)]
    [InlineData(StepStatus.Blocked, null)]
    public async Task Only_what_is_ready_afterwards_was_mended(StepStatus after, string? mended) =>
        Assert.Equal(mended, Assert.Single(await RunAsync(new FakeStep(PreparationStep.Names, () => Drifted, () => new StepState(after, "x")))).Mended);

    [Fact]
    public async Task On_a_slow_machine_the_rest_is_left_to_the_next_call_and_what_is_done_was_told()
    {
        var reports = await RunAsync(
            new FakeStep(PreparationStep.Names, () => Drifted, () => { clock.Advance(TimeSpan.FromMinutes(3)); return Ready; }),
            new FakeStep(PreparationStep.Firewall, () => Drifted, () => throw new InvalidOperationException("too late for this one")));

        Assert.Equal([PreparationStep.Names], reports.Select(report => report.Step));
        Assert.Equal(reports, told);
    }

    [Fact]
    public async Task Only_steps_that_are_due_are_looked_at()
    {
        var preparation = new HostPreparation([new FakeStep(PreparationStep.Names, () => throw new InvalidOperationException("not due"), () => Ready), new FakeStep(PreparationStep.Firewall, () => Ready, () => Ready)], clock);

        var reports = await preparation.RunAsync(machine, new HostPlan("node1", []), new HashSet<PreparationStep> { PreparationStep.Firewall }, _ => Task.CompletedTask, Cancelled);

        Assert.Equal([PreparationStep.Firewall], reports.Select(report => report.Step));
    }

    private static DeadlineExceededException TooLate() => new("node1", RemoteCommand.Of("true"));

    private static CommandFailedException Failed() =>
        new("node1", RemoteCommand.Of("true"), new CommandResult(1, null, ReadOnlyMemory<byte>.Empty, "no such tool"u8.ToArray(), TimeSpan.Zero));

    private Task<IReadOnlyList<StepReport>> RunAsync(params IReadOnlyList<IPreparationStep> steps) =>
        new HostPreparation(steps, clock).RunAsync(machine, new HostPlan("node1", ["192.168.122.100"]), new HashSet<PreparationStep>(Enum.GetValues<PreparationStep>()), report => { told.Add(report); return Task.CompletedTask; }, Cancelled);

    private sealed class FakeStep(PreparationStep step, Func<StepState> check, Func<StepState> apply) : IPreparationStep
    {
        public PreparationStep Step => step;

        public Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) => Task.Run(check, cancellationToken);

        public Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) => Task.Run(apply, cancellationToken);

        public Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
