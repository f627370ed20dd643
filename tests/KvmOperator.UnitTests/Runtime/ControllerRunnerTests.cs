using System.Threading.Channels;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class ControllerRunnerTests : IAsyncDisposable
{
    private readonly ObjectServer server = new();
    private readonly Channel<string> passes = Channel.CreateUnbounded<string>();
    private readonly OperatorRig rig;

    public ControllerRunnerTests() => rig = new OperatorRig(server.Server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => rig.DisposeAsync();

    [Fact]
    public async Task A_status_that_the_operator_wrote_wakes_those_of_other_kinds_who_watch_it_and_not_its_writer()
    {
        var begin = new TaskCompletionSource();
        server.Add(Move("move"));
        server.Add(Guest("guest"));
        rig.Add<VmMigration>(async (move, token) =>
        {
            await begin.Task;
            passes.Writer.TryWrite("move");
            move.Status = new VmMigrationStatus { Phase = VmMigrationPhase.Preflight };
            await rig.Services.GetRequiredService<StatusWriter<VmMigration>>().WriteAsync(move, token);
            return null;
        });
        rig.Add<VirtualMachine>(
            (guest, _) => ToldAsync("guest"),
            options => options.Watches<VmMigration>(move => [new EntityKey("here", move.Spec.VirtualMachineRef.Name)]));
        await rig.StartAsync(Token);
        Assert.Equal("guest", await NextAsync());

        begin.SetResult();

        Assert.Equal("move", await NextAsync());
        Assert.Equal("guest", await NextAsync());
        await NothingMoreAsync();
    }

    [Fact]
    public async Task A_second_controller_of_a_kind_hears_what_the_first_wrote()
    {
        var begin = new TaskCompletionSource();
        server.Add(Move("move"));
        rig.Add<VmMigration>((move, _) =>
        {
            begin.TrySetResult();
            return ToldAsync($"first {move.Status?.Phase}");
        });
        rig.Builder.AddController<WritingController, VmMigration>(options => options.Name = "writer");
        rig.Builder.Services.AddSingleton(passes).AddSingleton(begin);

        await rig.StartAsync(Token);

        Assert.Equal(["first ", "first Preflight", "writer"], await NextAsync(3));
        await NothingMoreAsync();
    }

    [Fact]
    public async Task A_change_that_the_predicate_does_not_count_wakes_nobody()
    {
        server.Add(Move("move"));
        server.Add(Guest("guest"));
        var step = Channel.CreateUnbounded<Action<VmMigration>>();
        rig.Add<VmMigration>(async (move, token) =>
        {
            await foreach (var change in step.Reader.ReadAllAsync(token))
            {
                change(move);
                await rig.Services.GetRequiredService<StatusWriter<VmMigration>>().WriteAsync(move, token);
            }

            return null;
        });
        rig.Add<VirtualMachine>(
            (guest, _) => ToldAsync("guest"),
            options => options.Watches<VmMigration>(
                move => [new EntityKey("here", move.Spec.VirtualMachineRef.Name)], (before, now) => before.Status?.Phase != now.Status?.Phase));
        await rig.StartAsync(Token);
        Assert.Equal("guest", await NextAsync());

        step.Writer.TryWrite(move => move.Status = new VmMigrationStatus { DowntimeMilliseconds = 1 });
        step.Writer.TryWrite(move => move.Status = new VmMigrationStatus { DowntimeMilliseconds = 2 });
        await NothingMoreAsync();
        step.Writer.TryWrite(move => move.Status = new VmMigrationStatus { Phase = VmMigrationPhase.Running });

        Assert.Equal("guest", await NextAsync());
        step.Writer.Complete();
    }

    [Fact]
    public async Task An_object_that_comes_back_by_itself_waits_behind_one_that_somebody_changed()
    {
        var hold = new TaskCompletionSource();
        var holds = false;
        foreach (var name in (string[])["itself", "changed", "gate"])
        {
            server.Add(Guest(name));
        }

        rig.Add<VirtualMachine>(
            async (guest, _) =>
            {
                passes.Writer.TryWrite(guest.Name());
                if (guest.Name() == "gate" && holds)
                {
                    await hold.Task;
                }

                return guest.Name() == "itself" ? TimeSpan.FromSeconds(0.2) : null;
            },
            options => options.Workers = 1);
        await rig.StartAsync(Token);
        Assert.Equal(["changed", "gate", "itself"], await NextAsync(3));
        holds = true;
        var queue = rig.Services.GetRequiredService<IEntityQueue<VirtualMachine>>();
        queue.Enqueue(new EntityKey("here", "gate"));
        Assert.Equal("gate", await NextAsync());
        await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, Token);
        queue.Enqueue(new EntityKey("here", "changed"));

        hold.SetResult();

        Assert.Equal("changed", await NextAsync());
        Assert.Equal("itself", await NextAsync());
    }

    [Fact]
    public async Task Objects_that_come_back_after_the_same_time_come_a_tenth_earlier_or_later()
    {
        var clock = new FakeTimeProvider();
        await using var crowd = new OperatorRig(server.Server, clock);
        for (var number = 0; number < 50; number++)
        {
            server.Add(Guest($"guest-{number}"));
        }

        var count = 0;
        crowd.Builder.Watch<VirtualMachine>(options => options.ResyncInterval = TimeSpan.FromDays(1));
        crowd.Add<VirtualMachine>((guest, _) => Task.FromResult<TimeSpan?>(Interlocked.Increment(ref count) <= 50 ? TimeSpan.FromSeconds(100) : null));
        await crowd.StartAsync(Token);
        await SettledAsync(() => count == 50);

        clock.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(50, await SettledAsync(() => count > 50));
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.InRange(await SettledAsync(() => count > 99), 51, 99);
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(100, await SettledAsync(() => count == 100));

        async Task<int> SettledAsync(Func<bool> condition)
        {
            for (var times = 0; times < 50 && !condition(); times++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token);
            }

            return count;
        }
    }

    [Fact]
    public async Task A_pass_that_is_cut_off_is_one_line_that_says_what_to_do_and_comes_again()
    {
        server.Add(Guest("slow"));
        var count = 0;
        rig.Add<VirtualMachine>(
            async (guest, token) =>
            {
                if (++count == 1)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                }

                return await ToldAsync("again");
            },
            options =>
            {
                options.Timeout = TimeSpan.FromSeconds(0.2);
                options.Backoff = options.Backoff with { Base = TimeSpan.FromSeconds(0.01) };
            });
        await rig.StartAsync(Token);

        Assert.Equal("again", await NextAsync());

        var (level, message, error) = Assert.Single(rig.Log.Lines, line => line.Level >= LogLevel.Warning);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Null(error);
        Assert.Contains("cut off at here/slow after 0.2 s and goes on where it was", message, StringComparison.Ordinal);
        Assert.Contains("conditions", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_that_is_the_worlds_doing_is_one_line_and_one_of_the_program_says_where_it_came_from(bool isExpected)
    {
        server.Add(Guest("failing"));
        var count = 0;
        rig.Settings.IsExpected = error => error is NotSupportedException;
        rig.Add<VirtualMachine>(
            (guest, token) => ++count > 1 ? ToldAsync("again") : throw (isExpected ? new NotSupportedException("it is away") : new NotImplementedException("it is away")),
            options => options.Backoff = options.Backoff with { Base = TimeSpan.FromSeconds(0.01) });
        await rig.StartAsync(Token);

        Assert.Equal("again", await NextAsync());

        var (_, message, error) = Assert.Single(rig.Log.Lines, line => line.Level >= LogLevel.Warning);
        Assert.Contains("failed at here/failing", message, StringComparison.Ordinal);
        Assert.EndsWith("it is away", message, StringComparison.Ordinal);
        Assert.Equal(isExpected, error is null);
    }

    [Fact]
    public async Task A_pass_that_the_end_of_the_process_cuts_off_is_no_warning()
    {
        server.Add(Guest("working"));
        rig.Add<VirtualMachine>(async (guest, token) =>
        {
            passes.Writer.TryWrite("begun");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return null;
        });
        await rig.StartAsync(Token);
        Assert.Equal("begun", await NextAsync());

        await rig.DisposeAsync();

        Assert.DoesNotContain(rig.Log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_machine_that_hangs_does_not_take_all_workers()
    {
        var hold = new TaskCompletionSource();
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hanging = 0;
        var together = new System.Collections.Concurrent.ConcurrentBag<int>();
        for (var number = 0; number < 20; number++)
        {
            var guest = Guest($"hanging-{number}");
            guest.Status = new VirtualMachineStatus { Host = "node1" };
            server.Add(guest);
        }

        rig.Add<VirtualMachine>(
            async (guest, _) =>
            {
                if (guest.Status?.Host == "node1")
                {
                    var count = Interlocked.Increment(ref hanging);
                    together.Add(count);
                    if (count == 4)
                    {
                        full.TrySetResult();
                    }

                    await hold.Task;
                    Interlocked.Decrement(ref hanging);
                }

                return await ToldAsync(guest.Name());
            },
            options =>
            {
                options.Workers = 5;
                options.LimitBy(guest => guest.Status?.Host, 4);
            });
        for (var number = 0; number < 20; number++)
        {
            server.Add(Guest($"quick-{number}"));
        }

        await rig.StartAsync(Token);

        Assert.All(await NextAsync(20), name => Assert.StartsWith("quick-", name, StringComparison.Ordinal));

        // The quick ones may be through before as many hang as may.
        await full.Task.WaitAsync(Token);
        hold.SetResult();
        Assert.All(await NextAsync(20), name => Assert.StartsWith("hanging-", name, StringComparison.Ordinal));
        Assert.Equal(4, together.Max());
    }

    [Fact]
    public async Task A_deletion_whose_telling_throws_is_told_again_though_there_is_one_of_that_name_by_now()
    {
        server.Add(Guest("guest"));
        rig.Builder.AddController<ForgetfulController, VirtualMachine>(options => options.Backoff = options.Backoff with { Base = TimeSpan.FromSeconds(0.05) });
        rig.Builder.Services.AddSingleton(passes).AddSingleton(new List<string>());
        await rig.StartAsync(Token);
        Assert.Equal("pass guest", await NextAsync());

        await server.SayAsync("DELETED", Guest("guest"));
        var anew = Guest("guest");
        anew.Metadata.Uid = "anew";
        await server.SayAsync("ADDED", anew);

        Assert.Equal(["gone guest", "gone guest", "pass anew"], await NextAsync(3));
    }

    [Fact]
    public async Task A_pass_that_is_deaf_to_its_time_limit_is_stuck()
    {
        var clock = new FakeTimeProvider();
        var finish = new TaskCompletionSource();
        await using var deaf = new OperatorRig(server.Server, clock);
        server.Add(Guest("deaf"));
        deaf.Add<VirtualMachine>(async (guest, _) =>
        {
            passes.Writer.TryWrite("begun");
            await finish.Task;
            return null;
        });
        await deaf.StartAsync(Token);
        await NextAsync();
        var controller = deaf.Services.GetRequiredService<IControllerRunner>();

        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(controller.Stuck);
        clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Contains("virtualmachine", controller.Stuck, StringComparison.Ordinal);
        finish.SetResult();
    }

    private static VmMigration Move(string name) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "here", Generation = 1 },
        Spec = new VmMigrationSpec { VirtualMachineRef = new() { Name = "guest" } },
    };

    private static VirtualMachine Guest(string name) => new() { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "here", Generation = 1 } };

    private Task<TimeSpan?> ToldAsync(string what)
    {
        passes.Writer.TryWrite(what);
        return Task.FromResult<TimeSpan?>(null);
    }

    private async Task<string> NextAsync() => await passes.Reader.ReadAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);

    private async Task<IEnumerable<string>> NextAsync(int count)
    {
        var told = new List<string>();
        while (told.Count < count)
        {
            told.Add(await NextAsync());
        }

        return told.Order(StringComparer.Ordinal);
    }

    /// <summary>What was woken by mistake would have come by now.</summary>
    private async Task NothingMoreAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token);
        Assert.False(passes.Reader.TryRead(out var more), more);
    }

    private sealed class WritingController(Channel<string> passes, TaskCompletionSource begin, StatusWriter<VmMigration> writer) : IEntityController<VmMigration>
    {
        public async Task<ReconciliationResult<VmMigration>> ReconcileAsync(VmMigration entity, CancellationToken cancellationToken)
        {
            await begin.Task;
            passes.Writer.TryWrite("writer");
            entity.Status = new VmMigrationStatus { Phase = VmMigrationPhase.Preflight };
            await writer.WriteAsync(entity, cancellationToken);
            return ReconciliationResult<VmMigration>.Success(entity);
        }

        public Task<ReconciliationResult<VmMigration>> DeletedAsync(VmMigration entity, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class ForgetfulController(Channel<string> passes, List<string> told) : IEntityController<VirtualMachine>
    {
        public Task<ReconciliationResult<VirtualMachine>> ReconcileAsync(VirtualMachine entity, CancellationToken cancellationToken)
        {
            passes.Writer.TryWrite("pass " + entity.Metadata.Uid);
            return Task.FromResult(ReconciliationResult<VirtualMachine>.Success(entity));
        }

        public async Task<ReconciliationResult<VirtualMachine>> DeletedAsync(VirtualMachine entity, CancellationToken cancellationToken)
        {
            passes.Writer.TryWrite("gone " + entity.Metadata.Uid);
            told.Add(entity.Metadata.Uid);
            if (told.Count == 1)
            {
                // By then the next one of the name is there.
                await Task.Delay(TimeSpan.FromSeconds(0.2), TimeProvider.System, cancellationToken);
                throw new InvalidOperationException("not now");
            }

            return ReconciliationResult<VirtualMachine>.Success(entity);
        }
    }
}
