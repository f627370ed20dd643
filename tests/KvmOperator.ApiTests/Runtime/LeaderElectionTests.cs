using System.Diagnostics;
using k8s.Models;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.CustomResourceDefinitions;
using KvmOperator.Runtime.Api;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>Of several replicas, as processes of their own, one works at a time; outages, kills and stops change nothing about that.</summary>
public sealed class LeaderElectionTests(ClusterFixture cluster) : WidgetTests(cluster), IClassFixture<InstalledDefinitions>
{
    private static readonly LeaseTimes Usual = LeaseTimes.Of(15, 10, 2);
    private static readonly LeaseTimes Quick = LeaseTimes.Of(5, 3, 0.5);
    private readonly string log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Somebody.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "work", NamespaceProperty = Namespace } }, Token);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(log);
    }

    [Fact]
    public async Task Api_server_away_for_4_seconds_leadership_is_kept()
    {
        await using var first = Start("first", Usual);
        await WorkBeginsAsync("first");

        Proxy.Outage();
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, Token);
        Proxy.Heal();
        var before = Lines().Length;
        await EventuallyAsync(() => Lines().Length > before + 10, "further work");

        // Past the deadline, counted from the last renewal before the outage, had it not been renewed after it.
        await Task.Delay(Usual.Deadline, TimeProvider.System, Token);
        Assert.False(first.HasExited);
        before = Lines().Length;
        await EventuallyAsync(() => Lines().Length > before, "further work");
    }

    [Fact]
    public async Task Api_server_away_past_the_renew_deadline_the_process_ends_with_a_non_zero_code_and_works_no_more()
    {
        await using var first = Start("first", Quick);
        await WorkBeginsAsync("first");

        Proxy.Outage();
        await Task.Delay(Quick.Deadline + Patience.Scaled(TimeSpan.FromSeconds(0.5)), TimeProvider.System, Token);
        var begun = Begun();
        var exitCode = await first.ExitCodeAsync(Soon, Token);

        Assert.NotEqual(0, exitCode);
        Assert.Equal(begun, Begun());

        int Begun() => Lines().Count(line => line == "first begin");
    }

    [Fact]
    public async Task The_product_itself_ends_with_a_non_zero_code_when_it_lost_leadership()
    {
        var kubeconfig = Path.GetTempFileName();
        try
        {
            var lines = (await File.ReadAllLinesAsync(Cluster.Kubeconfig, Token))
                .Select(line => line.TrimStart().StartsWith("server:", StringComparison.Ordinal) ? $"{line[..line.IndexOf("server:", StringComparison.Ordinal)]}server: {Proxy.Address}" : line);
            await File.WriteAllLinesAsync(kubeconfig, lines, Token);
            await using var product = ReplicaProcess.StartProduct(kubeconfig, Namespace);
            // A first renewal: a lease that is only taken may be known to the server alone, and who never heard of its leadership cannot lose it.
            await EventuallyAsync(async () => (await Somebody.GetAsync<V1Lease>(new EntityKey(Namespace, "kvm-operator"), Token))?.Spec is { } lease && lease.RenewTime > lease.AcquireTime, "its leadership");

            Proxy.Outage();

            Assert.Equal(1, await product.ExitCodeAsync(Usual.Lease + Soon, Token));
        }
        finally
        {
            File.Delete(kubeconfig);
        }
    }

    [Fact]
    public async Task Leader_killed_with_minus_9_the_second_replica_works_within_lease_plus_retry_and_never_do_two()
    {
        await using var first = Start("first", Quick);
        await WorkBeginsAsync("first");
        await using var second = Start("second", Quick);
        await Task.Delay(Quick.Lease, TimeProvider.System, Token);

        first.Kill();
        var killed = Stopwatch.GetTimestamp();
        await WorkBeginsAsync("second");
        var took = Stopwatch.GetElapsedTime(killed);

        // A busy machine needs some moments more to answer.
        var limit = Quick.Lease + Quick.Retry + Patience.For(TimeSpan.FromSeconds(1));
        Assert.True(took <= limit, $"The second replica began after {took}, later than {limit}");
        AssertNeverTwoAtOnce();
    }

    [Fact]
    public async Task A_leader_cut_off_from_the_server_has_ended_before_the_second_replica_begins()
    {
        await using var first = Start("first", Quick);
        await WorkBeginsAsync("first");
        await using var second = Start("second", Quick, Cluster.ApiServer);

        Proxy.Outage();
        await WorkBeginsAsync("second");

        Assert.Equal(1, await first.ExitCodeAsync(TimeSpan.FromSeconds(10), Token));
        AssertNeverTwoAtOnce();
    }

    [Fact]
    public async Task A_leader_that_is_stopped_ends_well_and_releases_so_that_nobody_waits_for_the_lease()
    {
        await using var first = Start("first", Usual);
        await WorkBeginsAsync("first");
        await using var second = Start("second", Usual);
        await Task.Delay(Usual.Retry, TimeProvider.System, Token);

        first.Terminate();
        Assert.Equal(0, await first.ExitCodeAsync(TimeSpan.FromSeconds(30), Token));
        var ended = Stopwatch.GetTimestamp();
        await WorkBeginsAsync("second");

        Assert.True(Stopwatch.GetElapsedTime(ended) < Usual.Lease / 2);
        AssertNeverTwoAtOnce();
    }

    [Fact]
    public async Task A_pass_that_is_deaf_to_cancellation_is_ended_with_the_process_before_anybody_else_may_begin()
    {
        await using var first = Start("first", Quick, pass: TimeSpan.FromHours(1));
        await WorkBeginsAsync("first");
        await using var second = Start("second", Quick, Cluster.ApiServer);

        Proxy.Outage();
        await WorkBeginsAsync("second");

        Assert.NotEqual(0, await first.ExitCodeAsync(TimeSpan.FromSeconds(10), Token));
        AssertNeverTwoAtOnce();
    }

    [Fact]
    public async Task A_stop_takes_no_longer_than_its_time_though_a_pass_is_deaf_to_it()
    {
        await using var first = Start("first", Usual, pass: TimeSpan.FromHours(1));
        await WorkBeginsAsync("first");

        first.Terminate();

        // Thirty seconds for the work, and a moment for the process itself. The lease stays: the work might still have gone on.
        Assert.Equal(0, await first.ExitCodeAsync(TimeSpan.FromSeconds(40), Token));
        Assert.DoesNotContain("first end", Lines(), StringComparer.Ordinal);
        var lease = await Somebody.GetAsync<V1Lease>(new EntityKey(Namespace, "replica"), Token);
        Assert.Equal("first", lease!.Spec.HolderIdentity);
    }

    private ReplicaProcess Start(string identity, LeaseTimes times, Uri? server = null, TimeSpan? pass = null) =>
        ReplicaProcess.Start(identity, Cluster.Kubeconfig, server ?? Proxy.Address, Namespace, log, times, pass ?? TimeSpan.FromMilliseconds(20));

    private Task WorkBeginsAsync(string identity) => EventuallyAsync(() => Lines().Contains(identity + " begin", StringComparer.Ordinal), "work of " + identity);

    private string[] Lines() => File.Exists(log) ? File.ReadAllLines(log) : [];

    /// <summary>The order of lines is the fence: once the second has begun, nothing of the first may follow, and a pass ends before another begins.</summary>
    private void AssertNeverTwoAtOnce()
    {
        var lines = Lines();
        var firstOfSecond = Array.IndexOf(lines, "second begin");
        Assert.True(firstOfSecond > 0);
        Assert.All(lines[..firstOfSecond], line => Assert.StartsWith("first ", line, StringComparison.Ordinal));
        Assert.All(lines[firstOfSecond..], line => Assert.StartsWith("second ", line, StringComparison.Ordinal));
    }
}
