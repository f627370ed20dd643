using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using Xunit;

namespace KvmOperator.ApiTests.CustomResourceDefinitions;

/// <summary>What real API servers make of the files in config/crd.</summary>
public sealed class CustomResourceDefinitionTests(ClusterFixture cluster) : IClassFixture<InstalledDefinitions>
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(InstalledDefinitions.Folder, "*.yaml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Kinds => [.. SampleObjects.Kinds];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_main_API_server_accepts_each_definition(string file) => await AcceptsAsync(file, server: null);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_current_server_compiles_all_rules_of_each_definition(string file)
    {
        NeedsRules();

        await AcceptsAsync(file, cluster.CrdServer);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_valid_object_is_accepted_and_unknown_fields_are_pruned(string kind)
    {
        var sample = SampleObjects.Valid(kind, "pruned");
        SampleObjects.Set(sample, "spec/nobodyKnowsThis", "1");

        var (status, body) = await CreateAsync(sample);

        Assert.True(status == HttpStatusCode.Created, (string?)body["message"]);
        Assert.Null(body["spec"]!["nobodyKnowsThis"]);
    }

    [Fact]
    public async Task Defaults_are_filled_in()
    {
        var (_, body) = await CreateAsync(SampleObjects.Valid("KvmHost", "defaults"));

        Assert.Equal("Active", (string?)body["spec"]!["mode"]);
        Assert.Equal(22, (int?)body["spec"]!["ssh"]!["port"]);
    }

    [Theory]
    [MemberData(nameof(RefusedObjects.BySchema), MemberType = typeof(RefusedObjects))]
    public async Task An_invalid_object_is_refused_by_the_schema(string kind, string path, string? value, string message) =>
        await IsRefusedAsync(kind, path, value, message);

    [Theory]
    [MemberData(nameof(RefusedObjects.ByRule), MemberType = typeof(RefusedObjects))]
    public async Task A_contradictory_object_is_refused_by_a_rule(string kind, string path, string? value, string message)
    {
        NeedsRules();

        await IsRefusedAsync(kind, path, value, message);
    }

    [Theory]
    [InlineData("VmMigration", "spec/targetHostRef", """{"name": "node3"}""", "a migration happens once and cannot be changed")]
    [InlineData("VmMigration", "spec/targetHostRef", null, "a migration happens once and cannot be changed")]
    [InlineData("VmwareImport", "spec/trim", "\"Never\"", "an import happens once and cannot be changed")]
    [InlineData("VmwareImport", "spec/source/path", "\"/srv/other\"", "an import happens once and cannot be changed")]
    [InlineData("VmwareImport", "spec/source", """{"storeRef": {"name": "images"}, "path": "/srv/guest"}""", "an import happens once and cannot be changed")]
    [InlineData("VmwareImport", "spec/verify", """{"timeoutSeconds": 60}""", "an import happens once and cannot be changed")]
    [InlineData("VirtualMachine", "spec/machine", "\"i440fx\"", "the machine cannot be changed")]
    [InlineData("NfsStore", "spec/exportPath", "\"/other\"", "the export path cannot be changed")]
    [InlineData("VirtualMachine", "spec/firmware", "\"UEFI\"", "the firmware cannot be changed")]
    [InlineData("VirtualMachine", "spec/disks/0/storeRef/name", "\"other\"", "a disk stays in its store")]
    public async Task What_cannot_be_changed_is_refused_when_it_is_changed(string kind, string path, string? value, string message)
    {
        NeedsRules();
        var sample = SampleObjects.Valid(kind, "immutable");
        var address = SampleObjects.CollectionOf(kind) + "/immutable";
        try
        {
            var (status, created) = await SendAsync(HttpMethod.Post, SampleObjects.CollectionOf(kind), sample);
            Assert.True(status == HttpStatusCode.Created, (string?)created["message"]);
            SampleObjects.Set(created, path, value);

            var (changed, answer) = await SendAsync(HttpMethod.Put, address, created);

            Assert.Equal(HttpStatusCode.UnprocessableEntity, changed);
            Assert.Contains(message, (string?)answer["message"], StringComparison.Ordinal);
        }
        finally
        {
            await SendAsync(HttpMethod.Delete, address, null);
        }
    }

    [Theory]
    [InlineData("spec/stopAfter", "\"Inspect\"")]
    [InlineData("spec/acceptConcerns", """["StaleLock"]""")]
    [InlineData("spec/start", "false")]
    [InlineData("spec/source/vmx", "\"guest.vmx\"")]
    [InlineData("spec/source/snapshot", "\"before\"")]
    public async Task An_import_may_be_told_more_until_its_disks_are_converted(string path, string value)
    {
        NeedsRules();
        var address = SampleObjects.CollectionOf("VmwareImport") + "/changed";
        try
        {
            var (_, created) = await SendAsync(HttpMethod.Post, SampleObjects.CollectionOf("VmwareImport"), SampleObjects.Valid("VmwareImport", "changed"));
            var before = (JsonObject)created.DeepClone();
            SampleObjects.Set(created, path, value);
            var (accepted, changed) = await SendAsync(HttpMethod.Put, address, created);
            Assert.True(accepted == HttpStatusCode.OK, (string?)changed["message"]);

            changed["status"] = new JsonObject { ["pipeline"] = new JsonArray(new JsonObject { ["step"] = "Convert", ["state"] = "Running" }) };
            var (written, converting) = await SendAsync(HttpMethod.Put, address + "/status", changed);
            Assert.True(written == HttpStatusCode.OK, (string?)converting["message"]);
            before["metadata"]!["resourceVersion"] = (string?)converting["metadata"]!["resourceVersion"];
            var (refused, answer) = await SendAsync(HttpMethod.Put, address, before);

            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused);
            Assert.Contains("the disks are being converted, or were: create another import", (string?)answer["message"], StringComparison.Ordinal);
        }
        finally
        {
            await SendAsync(HttpMethod.Delete, address, null);
        }
    }

    [Theory]
    [InlineData("KvmHost", "Name Ready Mode CPU% Memory% VMs Version Age")]
    [InlineData("NfsStore", "Name Server Ready Used% Hosts Age")]
    [InlineData("VirtualMachine", "Name Phase Host IP CPU Memory Age")]
    [InlineData("VmMigration", "Name VM Source Target Phase Progress Age")]
    [InlineData("VmwareImport", "Name VM Phase Step Progress Age")]
    public async Task A_listing_shows_the_columns(string kind, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster.ApiServer, SampleObjects.CollectionOf(kind)));
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(Table));
        if (cluster.Client.Credentials is { } credentials)
        {
            await credentials.ProcessHttpRequestAsync(request, Token);
        }

        using var answer = await cluster.Client.HttpClient.SendAsync(request, Token);
        var table = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;

        var shown = table["columnDefinitions"]!.AsArray().Where(column => (int)column!["priority"]! == 0).Select(column => (string?)column!["name"]);
        Assert.Equal(expected, string.Join(' ', shown));
    }

    private void NeedsRules() => Assert.SkipWhen(cluster.CrdServer is null, "There is no current CRD server, and an old one drops rules in CEL");

    private async Task AcceptsAsync(string file, Uri? server)
    {
        using var content = new StringContent(await File.ReadAllTextAsync(Path.Combine(InstalledDefinitions.Folder, file), Token), Encoding.UTF8, "application/yaml");
        using var answer = await cluster.SendAsync(
            HttpMethod.Post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All", content, Token, server);

        // That one is there already is found out after it was checked.
        Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, await answer.Content.ReadAsStringAsync(Token));
    }

    private async Task IsRefusedAsync(string kind, string path, string? value, string message)
    {
        var sample = SampleObjects.Valid(kind, "refused");
        SampleObjects.Set(sample, path, value);

        var (status, body) = await CreateAsync(sample);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(message, (string?)body["message"], StringComparison.Ordinal);
    }

    private Task<(HttpStatusCode Status, JsonObject Body)> CreateAsync(JsonObject sample) =>
        SendAsync(HttpMethod.Post, SampleObjects.CollectionOf((string)sample["kind"]!) + "?dryRun=All", sample);

    private async Task<(HttpStatusCode Status, JsonObject Body)> SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await cluster.SendAsync(method, path, content, Token);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!.AsObject());
    }
}
