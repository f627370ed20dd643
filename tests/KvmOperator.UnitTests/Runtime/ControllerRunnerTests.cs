using System.Threading.Channels;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;
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
}
