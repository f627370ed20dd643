using CsCheck;
using KvmOperator.Runtime.Queue;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class ConcurrencyLimitTests
{
    private readonly List<string> back = [];
    private readonly ConcurrencyLimit<string> limit;

    public ConcurrencyLimitTests() => limit = new ConcurrencyLimit<string>(1, (key, _) => back.Add(key));

    [Fact]
    public void What_is_too_much_for_a_group_waits_and_comes_back_one_by_one_changes_first()
    {
        Assert.True(limit.TryEnter("a", "host", QueuePriority.Background));
        Assert.False(limit.TryEnter("b", "host", QueuePriority.Background));
        Assert.False(limit.TryEnter("c", "host", QueuePriority.Background));
        Assert.False(limit.TryEnter("c", "host", QueuePriority.Live));
        Assert.True(limit.TryEnter("other", "elsewhere", QueuePriority.Background));
        Assert.True(limit.TryEnter("free", null, QueuePriority.Background));

        limit.Leave("host");
        Assert.Equal(["c"], back);

        // The place is taken by who was called, also against one that comes first.
        Assert.False(limit.TryEnter("a", "host", QueuePriority.Live));
        Assert.True(limit.TryEnter("c", "host", QueuePriority.Live));
        limit.Leave("host");
        Assert.Equal(["c", "a"], back);
    }

    [Fact]
    public void One_that_was_called_back_and_belongs_elsewhere_by_now_calls_the_next()
    {
        limit.TryEnter("a", "host", QueuePriority.Live);
        limit.TryEnter("b", "host", QueuePriority.Live);
        limit.TryEnter("c", "host", QueuePriority.Live);
        limit.Leave("host");
        Assert.Equal(["b"], back);

        Assert.True(limit.TryEnter("b", "elsewhere", QueuePriority.Live));

        Assert.Equal(["b", "c"], back);
    }

    [Fact]
    public void One_that_waits_in_two_groups_gets_one_place()
    {
        limit.TryEnter("a", "host", QueuePriority.Live);
        limit.TryEnter("b", "elsewhere", QueuePriority.Live);
        limit.TryEnter("c", "host", QueuePriority.Live);
        limit.TryEnter("c", "elsewhere", QueuePriority.Live);

        limit.Leave("host");
        limit.Leave("elsewhere");

        Assert.Equal(["c"], back);
        Assert.True(limit.TryEnter("c", "elsewhere", QueuePriority.Live));
        Assert.True(limit.TryEnter("d", "host", QueuePriority.Live));
    }

    [Fact]
    public void However_keys_come_and_go_nobody_is_forgotten_and_no_group_has_too_many() =>
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 2], Gen.Bool).Array[0, 200].Sample(steps =>
        {
            var ready = new Queue<string>();
            var running = new List<(string Key, string Group)>();
            var waiting = new HashSet<string>(StringComparer.Ordinal);
            var groups = new Dictionary<string, string>(StringComparer.Ordinal);
            var room = new ConcurrencyLimit<string>(2, (key, _) => ready.Enqueue(key));
            foreach (var (key, group, ends) in steps)
            {
                if (ends && running.Count > 0)
                {
                    EndFirst();
                }

                groups[$"{key}"] = $"{group}";
                ready.Enqueue($"{key}");
                waiting.Add($"{key}");
                TakeReady();
            }

            while (running.Count > 0)
            {
                EndFirst();
                TakeReady();
            }

            return waiting.Count == 0;

            void EndFirst()
            {
                room.Leave(running[0].Group);
                running.RemoveAt(0);
            }

            void TakeReady()
            {
                var busy = new List<string>();
                while (ready.TryDequeue(out var next))
                {
                    // As a queue does: a key that is worked on is not handed out.
                    if (running.Any(work => work.Key == next))
                    {
                        busy.Add(next);
                    }
                    else if (room.TryEnter(next, groups[next], QueuePriority.Live))
                    {
                        running.Add((next, groups[next]));
                        waiting.Remove(next);
                        Assert.True(running.Count(work => work.Group == groups[next]) <= 2);
                    }
                }

                busy.ForEach(ready.Enqueue);
            }
        });
}
