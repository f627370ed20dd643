using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Counts its timers, and how often they are set anew.</summary>
internal sealed class TimerCountingClock : FakeTimeProvider
{
    private int timers;

    public int TimersSet { get; private set; }

    public int Timers => Volatile.Read(ref timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref timers);
        return new CountingTimer(this, timer);
    }

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
