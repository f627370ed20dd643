using KvmOperator.Runtime.Events;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class EventCorrelatorTests
{
    private static readonly ObjectIdentity Machine = new("v1", "Machine", "here", "one", "uid");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly EventCorrelator correlator = new();

    [Fact]
    public void The_same_again_is_counted_on_the_first()
    {
        var first = Written(Decide("it broke", 0));

        Assert.Equal(2, Assert.IsType<EventDecision.Count>(Decide("it broke", 1)).Times);
        var third = Assert.IsType<EventDecision.Count>(Decide("it broke", 2));
        Assert.Equal((3, first), (third.Times, third.Series));
    }

    [Fact]
    public void The_same_after_a_long_silence_is_a_new_event()
    {
        Written(Decide("it broke", 0));

        Assert.IsType<EventDecision.Create>(Decide("it broke", 601));
    }

    [Fact]
    public void An_event_that_could_not_be_written_is_tried_as_a_new_one()
    {
        Assert.IsType<EventDecision.Create>(Decide("it broke", 0));

        Assert.IsType<EventDecision.Create>(Decide("it broke", 1));
    }

    [Fact]
    public void More_than_ten_that_differ_only_in_their_text_become_one()
    {
        for (var number = 0; number < 10; number++)
        {
            Written(Decide($"try {number} failed", number));
        }

        var combined = Assert.IsType<EventDecision.Create>(Decide("try 10 failed", 10));
        Assert.Equal("(combined from similar events): try 10 failed", combined.Message);
        combined.Series.ObjectName = "written";
        Assert.IsType<EventDecision.Count>(Decide("try 11 failed", 11));
    }

    [Fact]
    public void One_object_gets_25_at_once_then_one_every_five_minutes_and_others_are_not_affected()
    {
        for (var number = 0; number < 25; number++)
        {
            Written(Decide("it broke", 0));
        }

        Assert.IsType<EventDecision.Drop>(Decide("it broke", 1));
        Assert.IsNotType<EventDecision.Drop>(correlator.Decide(Notice(Machine with { Name = "two" }, "it broke", 1)));
        Assert.IsNotType<EventDecision.Drop>(Decide("it broke", 301));
        Assert.IsType<EventDecision.Drop>(Decide("it broke", 302));
    }

    private static EventSeries Written(EventDecision decision)
    {
        var series = decision switch
        {
            EventDecision.Create create => create.Series,
            EventDecision.Count count => count.Series,
            _ => throw new InvalidOperationException($"{decision} is not written"),
        };
        series.ObjectName = "written";
        return series;
    }

    private static EventNotice Notice(ObjectIdentity regarding, string message, double seconds) =>
        new(regarding, "Broke", message, EventType.Warning, Start.AddSeconds(seconds));

    private EventDecision Decide(string message, double seconds) => correlator.Decide(Notice(Machine, message, seconds));
}
