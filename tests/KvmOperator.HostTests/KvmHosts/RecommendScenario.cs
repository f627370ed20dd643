using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>
/// A host with real load in its guests says which move would help, and the command that it gives works when it is pasted. Times are a third of what they are by default, and a gain may be small: the machines of the laboratory
/// have two processors.
/// </summary>
public sealed class RecommendScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Command = "kubectl apply -f - <<'END'\n";

    private static readonly TimeSpan LoadDeadline = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task What_an_overloaded_host_proposes_can_be_pasted_and_helps()
    {
        await SetAsync(("reliefHoldSeconds", "60"), ("reliefBlindSeconds", "100"), ("reliefLeastGainPercent", "5"), ("reliefSettleSeconds", "60"));
        await RunningGuestsOnAsync("node1", ("a", string.Empty), ("b", string.Empty), ("c", string.Empty));
        foreach (var guest in new[] { "a", "b", "c" })
        {
            await UntilItCountsAsync("node1", guest);
            await TypeAsync("node1", guest, "dirty 200", "dirty 200");
        }

        var overloaded = await Cluster.UntilAsync<KvmHost>(
            "node1",
            "it proposes a move",
            host => host.Status.Condition(KvmHostConditions.Overloaded) is { Status: "True", Message: { } message } && message.Contains(Command, StringComparison.Ordinal),
            LoadDeadline,
            CancellationToken);
        var told = overloaded.Status.Condition(KvmHostConditions.Overloaded)!;
        TestContext.Current.TestOutputHelper!.WriteLine(told.Message);
        Assert.Equal(KvmHostReasons.ProcessorsBusy, told.Reason);
        Assert.Contains(KvmHostReasons.ProcessorsBusy, await Cluster.EventReasonsAsync("node1", CancellationToken));

        // Nobody was moved for it.
        Assert.Empty(await Cluster.Client.ListAsync<VmMigration>("default", null, CancellationToken));

        var yaml = told.Message[(told.Message.IndexOf(Command, StringComparison.Ordinal) + Command.Length)..told.Message.LastIndexOf("\nEND", StringComparison.Ordinal)];
        await Cluster.ApplyAsync(yaml + "\n", CancellationToken);
        var move = Assert.Single(await Cluster.Client.ListAsync<VmMigration>("default", null, CancellationToken));
        Assert.StartsWith("relieve-", move.Metadata.Name, StringComparison.Ordinal);
        Succeeded(await UntilOverAsync(move.Metadata.Name));
        Assert.Equal(["node2"], await HostsRunningAsync(move.Spec.VirtualMachineRef.Name));

        // Switched off, nothing is looked for.
        await SetAsync(("relief", "Off"));
        await Cluster.UntilAsync<KvmHost>(
            "node1", "nothing is looked for", host => host.Status.Condition(KvmHostConditions.Overloaded) is { Status: "Unknown", Reason: CommonReasons.Unmanaged }, LoadDeadline, CancellationToken);
    }
}
