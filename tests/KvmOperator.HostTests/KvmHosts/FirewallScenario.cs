using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A real firewalld, on the hosts and on the machine of the store: peers and hosts are let in, others are not any more, and what a person set up stays.</summary>
public sealed class FirewallScenario(LabFixture fixture) : OperatorScenario(fixture)
{
    private const string Rules = "firewall-cmd --permanent --zone=public --list-rich-rules | LC_ALL=C sort; echo; firewall-cmd --zone=public --list-rich-rules | LC_ALL=C sort";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Rules_of_firewalld_are_mended_in_every_zone_and_a_persons_rules_stay()
    {
        await Lab.StopOperatorAsync(CancellationToken);
        await Lab.Machines.RunAsync("node1", "systemctl is-active firewalld", CancellationToken);
        await Lab.Machines.RunAsync("storage", "systemctl is-active firewalld", CancellationToken);
        var (onNode, onStorage) = (await RulesAsync("node1"), await RulesAsync("storage"));
        Assert.Equal(4, Count(onNode, "source address=\"192.168.122.200\""));
        Assert.Equal(2, Count(onStorage, "source address=\"192.168.122.200\""));

        // A reload forgets nothing: what is stored is what runs.
        await Lab.Machines.RunAsync("node1", "firewall-cmd --reload", CancellationToken);
        Assert.Equal(onNode, await RulesAsync("node1"));

        // A rule is missing, one is left of a host that is gone, a person has added one, and the network card is in another zone now.
        const string theirs = "rule family=\"ipv4\" source address=\"192.0.2.7\" service name=\"ssh\" accept";
        var missing = onNode.Split('\n').First(rule => rule.Contains("49152-49215", StringComparison.Ordinal));
        var left = missing.Replace("192.168.122.200", "192.0.2.9", StringComparison.Ordinal);
        await Lab.Machines.RunAsync(
            "node1",
            $"""
            set -e
            firewall-cmd --zone=public --remove-rich-rule='{missing}'
            for where in --permanent ''; do
              firewall-cmd $where --zone=public --add-rich-rule='{left}'
              firewall-cmd $where --zone=public --add-rich-rule='{theirs}'
            done
            card=$(ip -o route get 192.168.122.200 | sed -n 's/.* dev \([^ ]*\).*/\1/p')
            firewall-cmd --zone=internal --change-interface="$card"
            """,
            CancellationToken);
        var export = onStorage.Split('\n').First(rule => rule.Contains("192.168.122.200", StringComparison.Ordinal));
        await Lab.Machines.RunAsync(
            "storage",
            $"""
            set -e
            for where in --permanent ''; do
              firewall-cmd $where --zone=public --remove-rich-rule='{export}'
              firewall-cmd $where --zone=public --add-rich-rule='{theirs}'
            done
            rm -f /run/kvm-operator/nfs-firewall-*
            """,
            CancellationToken);
        var told = await ToldAsync();

        await Lab.StartOperatorAsync(CancellationToken);

        await KvmLab.UntilAsync("the rules of node1 are mended", async () => await RulesAsync("node1") == With(onNode, theirs), Deadline, CancellationToken);
        await KvmLab.UntilAsync("the rules of the store's machine are mended", async () => await RulesAsync("storage") == With(onStorage, theirs), Deadline, CancellationToken);
        Assert.Equal(onNode, await RulesAsync("node1", "internal"));
        await KvmLab.UntilAsync("it is told", async () => await ToldAsync() > told, Deadline, CancellationToken);
        await Lab.LookedAtAsync("node1", CancellationToken);
        Assert.True((await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status.Is(KvmHostConditions.FirewallReady));
    }

    /// <summary>The stored rules of a zone, and those that run.</summary>
    private async Task<string> RulesAsync(string machine, string zone = "public") =>
        (await Lab.Machines.RunAsync(machine, Rules.Replace("public", zone, StringComparison.Ordinal), CancellationToken)).Output;

    private Task<int> ToldAsync() => Cluster.ToldAsync("node1", KvmHostReasons.DriftMended, KvmHostConditions.FirewallReady, CancellationToken);

    private static int Count(string rules, string words) => rules.Split('\n').Count(rule => rule.Contains(words, StringComparison.Ordinal));

    /// <summary>The rules with one more, in both lists.</summary>
    private static string With(string rules, string rule) => string.Join(
        "\n\n",
        rules.Split("\n\n").Select(list => string.Join('\n', list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Append(rule).Order(StringComparer.Ordinal)))) + "\n";
}
