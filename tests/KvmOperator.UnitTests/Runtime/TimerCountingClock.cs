using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Counts how often its timers are set.</summary>
internal sealed class TimerCountingClock : FakeTimeProvider
{
    public int TimersSet { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new CountingTimer(this, base.CreateTimer(callback, state, dueTime, period));

    private sealed class CountingTimer(TimerCountingClock clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.TimersSet++;
            return timer.Change(dueTime, period);
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
