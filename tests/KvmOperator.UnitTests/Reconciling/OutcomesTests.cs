using KvmOperator.Reconciling;
using Xunit;

namespace KvmOperator.UnitTests.Reconciling;

/// <summary>In which order an outcome is carried out: what was not written is neither told nor done.</summary>
public sealed class OutcomesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Scope scope = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_follows_is_done_after_the_write_and_its_outcome_counts()
    {
        var due = await scope.CarryOutAsync(
            scope.Advance(_ =>
            {
                scope.Done.Add("began");
                return Task.FromResult<Outcome<DayOfWeek>?>(new Outcome<DayOfWeek>.Stay(Minute));
            }),
            Token);

        Assert.Equal(["took Advance", "wrote", "settled", "told Advance", "began", "took Stay", "wrote", "told Stay"], scope.Done);
        Assert.Equal(Minute, due);
    }

    [Fact]
    public async Task Nothing_may_follow_and_then_the_outcome_itself_counts()
    {
        Assert.Equal(TimeSpan.Zero, await scope.CarryOutAsync(scope.Advance(_ => Task.FromResult<Outcome<DayOfWeek>?>(null)), Token));
        Assert.Null(await scope.CarryOutAsync(new Outcome<DayOfWeek>.Done("Moved", "moved"), Token));
    }

    [Fact]
    public async Task What_could_not_be_written_is_settled_and_neither_told_nor_done()
    {
        scope.IsRefused = true;

        await Assert.ThrowsAsync<IOException>(() => scope.CarryOutAsync(scope.Advance(_ => throw new InvalidOperationException("it was not announced")), Token));

        Assert.Equal(["took Advance", "settled"], scope.Done);
    }

    [Fact]
    public async Task Figures_alone_are_written_now_and_then()
    {
        Assert.Equal(Minute, await scope.CarryOutAsync(new Outcome<DayOfWeek>.Progress(Minute), Token));

        Assert.Equal(["took Progress", "wrote figures", "told Progress"], scope.Done);
    }

    /// <summary>Keeps what was done with it, in order.</summary>
    private sealed class Scope : IPhaseScope<DayOfWeek>
    {
        public List<string> Done { get; } = [];

        public bool IsRefused { get; set; }

        public TimeSpan? Take(Outcome<DayOfWeek> outcome)
        {
            Done.Add($"took {outcome.GetType().Name}");
            return outcome switch
            {
                Outcome<DayOfWeek>.Stay stay => stay.After,
                Outcome<DayOfWeek>.Progress progress => progress.After,
                Outcome<DayOfWeek>.Advance advance => advance.After,
                _ => null,
            };
        }

        public Task WriteAsync(CancellationToken cancellationToken)
        {
            if (IsRefused)
            {
                throw new IOException("the API server is away");
            }

            Done.Add("wrote");
            return Task.CompletedTask;
        }

        public Task WriteProgressAsync(CancellationToken cancellationToken)
        {
            Done.Add("wrote figures");
            return Task.CompletedTask;
        }

        public void Tell(Outcome<DayOfWeek> outcome) => Done.Add($"told {outcome.GetType().Name}");

        public Outcome<DayOfWeek> Advance(Func<CancellationToken, Task<Outcome<DayOfWeek>?>> then) =>
            new Outcome<DayOfWeek>.Advance(DayOfWeek.Monday, TimeSpan.Zero) { Settled = () => Done.Add("settled"), Then = then };
    }
}
