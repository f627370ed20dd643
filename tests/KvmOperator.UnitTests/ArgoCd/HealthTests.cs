using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.UnitTests.Monitoring;
using Xunit;

namespace KvmOperator.UnitTests.ArgoCd;

/// <summary>
/// What Argo CD says of an object helps people and lets no sync hang: what waits for a person is Degraded, what is as declared is Healthy, and Progressing is only what ends by itself.
/// </summary>
public sealed class HealthTests
{
    private const string Healthy = "Healthy";
    private const string Progressing = "Progressing";
    private const string Degraded = "Degraded";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Now => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static TheoryData<string> Kinds => [.. SampleObjects.Kinds];

    /// <summary>The cases beside the scripts, in the form that Argo CD's own repository has.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Objects_as_a_cluster_shows_them_have_the_health_that_their_cases_say(string kind)
    {
        var cases = YamlDocuments.Read(await File.ReadAllTextAsync(Path.Combine(HealthScript.Folder, kind, "health_test.yaml"), Token))[0]["tests"]!.AsArray();
        var objects = cases.Select(test => YamlDocuments.Read(File.ReadAllText(Path.Combine(HealthScript.Folder, kind, (string)test!["inputPath"]!)))[0]).ToList();

        var health = await HealthScript.RunAsync(kind, objects, Token);

        Assert.Equal(
            cases.Select(test => ((string)test!["inputPath"]!, (string)test["healthStatus"]!["status"]!, (string?)test["healthStatus"]!["message"] ?? string.Empty)),
            cases.Zip(health).Select(pair => ((string)pair.First!["inputPath"]!, pair.Second.Status, pair.Second.Message)));
        Assert.All(health, one => Assert.Contains(one.Status, (string[])[Healthy, Progressing, Degraded]));
        Assert.Empty(ObjectPhases.ByKind[kind].Except(objects.Select(item => (string?)item["status"]?["phase"] ?? string.Empty)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_not_looked_at_yet_goes_on_by_itself(string kind)
    {
        var changed = Object(kind, "True", CommonReasons.AsExpected);
        changed["metadata"]!["generation"] = 2;

        await IsAsync(kind, Progressing, SampleObjects.Valid(kind, "new"), changed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_a_person_paused_is_as_declared_whatever_it_was(string kind)
    {
        var unseen = SampleObjects.Valid(kind, "new");
        var (failed, changed) = (Object(kind, "False", CommonReasons.StepFailed), Object(kind, "True", CommonReasons.AsExpected));
        changed["metadata"]!["generation"] = 2;
        foreach (var item in new[] { unseen, failed, changed })
        {
            item["metadata"]!["annotations"] = new JsonObject { [Annotations.Paused] = "true" };
        }

        await IsAsync(kind, Healthy, unseen, failed, changed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_spec_that_makes_no_sense_waits_for_a_person(string kind)
    {
        var refused = Object(kind, "False", CommonReasons.SpecRefused);
        refused["status"]!["conditions"]!.AsArray().Add(Condition(CommonConditions.Valid, "False", CommonReasons.SpecRefused));

        await IsAsync(kind, Degraded, refused);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_as_declared_is_healthy(string kind) => await IsAsync(kind, Healthy, Object(kind, "True", CommonReasons.AsExpected));

    /// <summary>A reason that is new waits for a person until somebody knows better.</summary>
    [Theory]
    [InlineData("KvmHost", typeof(KvmHostReasons), new[] { CommonReasons.InProgress, CommonReasons.NotYetKnown, CommonReasons.Paused })]
    [InlineData("NfsStore", typeof(NfsStoreReasons), new[] { CommonReasons.InProgress, CommonReasons.NotYetKnown })]
    [InlineData("VirtualMachine", typeof(VirtualMachineReasons), new[] { CommonReasons.InProgress, CommonReasons.NotYetKnown, VirtualMachineReasons.Stopped })]
    [InlineData("VmMigration", typeof(VmMigrationReasons), new string[0])]
    [InlineData("VmwareImport", typeof(VmwareImportReasons), new string[0])]
    public async Task Of_what_is_not_as_declared_only_these_reasons_go_on_by_themselves(string kind, Type reasons, string[] byThemselves)
    {
        var all = Words(typeof(CommonReasons)).Concat(Words(reasons)).Distinct(StringComparer.Ordinal).ToList();

        var health = await HealthScript.RunAsync(kind, [.. all.Select(reason => Object(kind, "False", reason))], Token);

        Assert.Equal(byThemselves.Order(StringComparer.Ordinal), all.Zip(health).Where(pair => pair.Second.Status == Progressing).Select(pair => pair.First).Order(StringComparer.Ordinal));
        Assert.All(health, one => Assert.Contains(one.Status, (string[])[Progressing, Degraded]));
    }

    /// <summary>In a new pool these end within minutes; later somebody has to look.</summary>
    [Theory]
    [InlineData("VirtualMachine", CommonReasons.DependencyNotReady, "Pending")]
    [InlineData("VirtualMachine", VirtualMachineReasons.HostShuttingDown, "Stopped")]
    [InlineData("NfsStore", NfsStoreReasons.MountsMissing, "Preparing")]
    public async Task What_others_bring_is_waited_for_so_long_and_no_longer(string kind, string reason, string phase)
    {
        var (young, old) = (Object(kind, "False", reason), Object(kind, "False", reason));
        foreach (var item in new[] { young, old })
        {
            item["status"]!["phase"] = phase;
        }

        young["status"]!["conditions"]![0]!["lastTransitionTime"] = Now;

        await IsAsync(kind, Progressing, young);
        await IsAsync(kind, Degraded, old);
    }

    [Fact]
    public async Task A_store_that_was_ready_and_is_no_longer_mounted_waits_for_a_person_at_once()
    {
        var store = Object("NfsStore", "False", NfsStoreReasons.MountsMissing);
        store["status"]!["phase"] = "Degraded";
        store["status"]!["conditions"]![0]!["lastTransitionTime"] = Now;

        await IsAsync("NfsStore", Degraded, store);
    }

    [Theory]
    [InlineData(CommonReasons.InProgress, Progressing)]
    [InlineData(CommonReasons.StepFailed, Degraded)]
    public async Task A_host_whose_preparation_lacks_something_is_judged_by_what_that_is(string reason, string expected)
    {
        var host = Object("KvmHost", "False", KvmHostConditions.TimeSynchronized);
        host["status"]!["conditions"]!.AsArray().Add(Condition(KvmHostConditions.TimeSynchronized, "False", reason));

        await IsAsync("KvmHost", expected, host);
    }

    [Theory]
    [InlineData("Maintenance", "False", KvmHostReasons.Draining, Progressing)]
    [InlineData("Maintenance", "False", KvmHostReasons.DrainBlocked, Degraded)]
    [InlineData("Maintenance", "Unknown", CommonReasons.StepFailed, Degraded)]
    [InlineData("Maintenance", "True", CommonReasons.AsExpected, Healthy)]
    [InlineData("Active", "False", CommonReasons.Unmanaged, Healthy)]
    [InlineData("Cordoned", "False", CommonReasons.Unmanaged, Healthy)]
    public async Task A_host_in_maintenance_is_as_declared_once_its_guests_are_gone(string mode, string drained, string reason, string expected)
    {
        var host = Object("KvmHost", "True", CommonReasons.AsExpected);
        host["spec"]!["mode"] = mode;
        host["status"]!["conditions"]!.AsArray().Add(Condition(KvmHostConditions.Drained, drained, reason));

        await IsAsync("KvmHost", expected, host);
    }

    [Theory]
    [InlineData(VmMigrationReasons.WaitingForSlot, Progressing)]
    [InlineData(CommonReasons.InProgress, Progressing)]
    [InlineData(CommonReasons.DependencyNotReady, Progressing)]
    [InlineData(VmMigrationReasons.OutcomeUnknown, Degraded)]
    public async Task A_move_goes_on_until_nobody_knows_how(string reason, string expected) => await IsAsync("VmMigration", expected, Object("VmMigration", "Unknown", reason));

    /// <summary>What the runner takes away is really away: a script that would fail in Argo CD must fail here.</summary>
    [Fact]
    public async Task A_script_has_no_more_libraries_than_argo_cd_gives_it()
    {
        var folder = Directory.CreateTempSubdirectory("kvm-operator-lua-");
        try
        {
            var script = Path.Combine(folder.FullName, "health.lua");
            await File.WriteAllTextAsync(
                script,
                """
                local found = {}
                for _, name in ipairs({ "string", "math", "io", "debug", "coroutine" }) do
                  if _G[name] ~= nil then
                    table.insert(found, name)
                  end
                end
                local ok = pcall(function() return ("text"):len() end)
                return { status = table.concat(found, " "), message = tostring(ok) .. type(os.getenv) .. type(os.date) }
                """,
                Token);

            var health = Assert.Single(await HealthScript.RunFileAsync(script, [SampleObjects.Valid("KvmHost", "any")], Token));

            Assert.Equal((string.Empty, "falsenilfunction"), health);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task IsAsync(string kind, string expected, params JsonObject[] objects)
    {
        var health = await HealthScript.RunAsync(kind, objects, Token);

        Assert.Equal(objects.Length, health.Count);
        Assert.All(health, one => Assert.Equal(expected, one.Status));
        Assert.All(health, one => Assert.NotEmpty(one.Message));
    }

    /// <summary>An object that was looked at long ago, with the condition that sums its kind up.</summary>
    private static JsonObject Object(string kind, string status, string reason)
    {
        var item = SampleObjects.Valid(kind, "sample");
        item["metadata"]!["generation"] = 1;
        item["status"] = new JsonObject
        {
            ["observedGeneration"] = 1,
            ["conditions"] = new JsonArray(Condition(kind is "VmMigration" or "VmwareImport" ? CommonConditions.Succeeded : CommonConditions.Ready, status, reason)),
        };
        return item;
    }

    private static JsonObject Condition(string type, string status, string reason) =>
        new() { ["type"] = type, ["status"] = status, ["reason"] = reason, ["message"] = $"why: {reason}", ["lastTransitionTime"] = "2026-01-01T00:00:00Z" };

    private static IEnumerable<string> Words(Type words) =>
        words.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}
