using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Xunit;

namespace KvmOperator.ApiTests.Libvirt;

/// <summary>
/// Our numbers, fields and limits are those of libvirt: of the version that is the oldest in use here, and of a newer one. Each procedure is called; what arrives is read by libvirt's own
/// description of its protocol, and the answer is written by it.
/// </summary>
public sealed partial class LibvirtSourcesTests
{
    public static TheoryData<string> Suites { get; } = ["bookworm", "trixie"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task Every_procedure_has_libvirts_number_arguments_and_result(string suite)
    {
        var sources = await LibvirtSources.GetAsync(suite, Token);
        await using var peer = new LibvirtPeer(TimeProvider.System);
        await peer.OpenAsync(Token);
        foreach (var sample in ProcedureSamples.All)
        {
            var calling = sample.Call(peer.Connection, Token);
            var call = await peer.Calls.ReadAsync(Token);

            Assert.Equal((sample.Name, sources.Remote.Number("REMOTE_PROC_" + sample.Name.ToUpperInvariant())), (sample.Name, call.Procedure));
            Assert.Equal((sample.Name, Json(sample.Arguments)), (sample.Name, Read(sources, $"remote_{sample.Name}_args", call.Arguments)));

            await peer.AnswerAsync(call, Write(sources, $"remote_{sample.Name}_ret", sample.Answer));
            Assert.Equal((sample.Name, JsonSerializer.Serialize(sample.Result)), (sample.Name, JsonSerializer.Serialize(await calling)));
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task Every_event_has_libvirts_number_and_fields(string suite)
    {
        var sources = await LibvirtSources.GetAsync(suite, Token);
        await using var peer = new LibvirtPeer(TimeProvider.System);
        await peer.OpenAsync(Token);
        foreach (var sample in ProcedureSamples.Events)
        {
            await peer.TellAsync(sources.Remote.Number("REMOTE_PROC_" + sample.Name.ToUpperInvariant()), Write(sources, $"remote_{sample.Name}_msg", sample.Message));
            var happened = await peer.Connection.Events.ReadAsync(Token);
            if (happened is JobCompletedEvent completed)
            {
                Assert.Equal(80, completed.Statistics.Number("downtime"));
                happened = completed with { Statistics = null! };
            }

            Assert.Equal(sample.Event, happened);
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task An_error_has_libvirts_fields(string suite)
    {
        var sources = await LibvirtSources.GetAsync(suite, Token);
        const string guest = """{"name":"web","uuid":"0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a19","id":7}""";
        const string network = """{"name":"default","uuid":"0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a19"}""";
        const string error = $$"""{"code":42,"domain":10,"message":"no","level":2,"dom":{{guest}},"str1":"a","str2":"b","str3":"c","int1":1,"int2":3,"net":{{network}}}""";
        await using var peer = new LibvirtPeer(TimeProvider.System);
        await peer.OpenAsync(Token);
        var calling = peer.Connection.GetHostNameAsync(Token);
        var call = await peer.Calls.ReadAsync(Token);

        await peer.SendAsync(LibvirtPeer.Frame(LibvirtPeer.Remote, call.Procedure, 1, call.Serial, 1, sources.Remote.Write("remote_error", JsonNode.Parse(error)!.AsObject())));

        var refused = await Assert.ThrowsAsync<LibvirtException>(() => calling);
        Assert.Equal((LibvirtErrorCode.NoDomain, 10, "no"), (refused.Code, refused.Domain, refused.Message));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task Programs_and_limits_are_libvirts(string suite)
    {
        var sources = await LibvirtSources.GetAsync(suite, Token);
        (string Name, int Ours)[] numbers =
        [
            ("REMOTE_PROGRAM", unchecked((int)MessageHeader.RemoteProgram)),
            ("REMOTE_PROTOCOL_VERSION", (int)MessageHeader.ProgramVersion),
            ("REMOTE_STRING_MAX", ProtocolLimits.TextBytes),
            ("REMOTE_AUTH_TYPE_LIST_MAX", ProtocolLimits.AuthenticationTypes),
            ("REMOTE_DOMAIN_LIST_MAX", ProtocolLimits.Domains),
            ("REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX", ProtocolLimits.DomainStatistics),
            ("REMOTE_NETWORK_LIST_MAX", ProtocolLimits.Networks),
            ("REMOTE_STORAGE_POOL_LIST_MAX", ProtocolLimits.StoragePools),
            ("REMOTE_DOMAIN_SNAPSHOT_LIST_MAX", ProtocolLimits.Snapshots),
            ("REMOTE_DOMAIN_CHECKPOINT_LIST_MAX", ProtocolLimits.Checkpoints),
            ("REMOTE_DOMAIN_JOB_STATS_MAX", ProtocolLimits.JobStatistics),
            ("REMOTE_CPU_BASELINE_MAX", ProtocolLimits.Processors),
            ("REMOTE_DOMAIN_INTERFACE_MAX", ProtocolLimits.Interfaces),
            ("REMOTE_DOMAIN_IP_ADDR_MAX", ProtocolLimits.InterfaceAddresses),
        ];

        Assert.Equal(numbers.Select(number => (number.Name, sources.Remote.Number(number.Name))), numbers);
        Assert.Equal(
            (ProtocolLimits.MessageBytes, ProtocolLimits.HeaderBytes, ProtocolLimits.LengthBytes),
            (sources.Messages.Number("VIR_NET_MESSAGE_MAX"), sources.Messages.Number("VIR_NET_MESSAGE_HEADER_MAX"), sources.Messages.Number("VIR_NET_MESSAGE_LEN_MAX")));
        Assert.Equal(
            ((int)MessageType.Call, (int)MessageType.Reply, (int)MessageType.Message, (int)MessageStatus.Good, (int)MessageStatus.Error),
            (sources.Messages.Number("VIR_NET_CALL"), sources.Messages.Number("VIR_NET_REPLY"), sources.Messages.Number("VIR_NET_MESSAGE"), sources.Messages.Number("VIR_NET_OK"), sources.Messages.Number("VIR_NET_ERROR")));
        Assert.Equal(
            (unchecked((int)MessageHeader.KeepAliveProgram), (int)MessageHeader.ProgramVersion, MessageHeader.Ping, MessageHeader.Pong),
            (sources.KeepAlive.Number("KEEPALIVE_PROGRAM"), sources.KeepAlive.Number("KEEPALIVE_PROTOCOL_VERSION"), sources.KeepAlive.Number("KEEPALIVE_PROC_PING"), sources.KeepAlive.Number("KEEPALIVE_PROC_PONG")));
        Assert.Equal(
            """{"prog":536903814,"vers":1,"proc":212,"type":1,"serial":5,"status":0}""",
            sources.Messages.Read("virNetMessageHeader", new MessageHeader(MessageHeader.RemoteProgram, 1, 212, MessageType.Reply, 5, MessageStatus.Good).Frame([])[4..]).ToJsonString());
    }

    [Fact]
    public void Every_procedure_and_event_has_its_sample() => Assert.Equal(
        Enum.GetNames<Procedure>().Order(StringComparer.Ordinal),
        ProcedureSamples.All.Select(sample => sample.Name).Concat(ProcedureSamples.Events.Select(sample => sample.Name)).Select(Pascal).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task Flags_and_other_numbers_are_libvirts(string suite)
    {
        var numbers = (await LibvirtSources.GetAsync(suite, Token)).Numbers;
        (Type Type, string Prefix)[] kinds =
        [
            (typeof(LibvirtErrorCode), "VIR_ERR_"),
            (typeof(LibvirtFeature), "VIR_DRV_FEATURE_"),
            (typeof(DomainState), "VIR_DOMAIN_"),
            (typeof(DomainListFlags), "VIR_CONNECT_LIST_DOMAINS_"),
            (typeof(DomainStatsTypes), "VIR_DOMAIN_STATS_"),
            (typeof(DomainStatsFlags), "VIR_CONNECT_GET_ALL_DOMAINS_STATS_"),
            (typeof(DomainXmlFlags), "VIR_DOMAIN_XML_"),
            (typeof(DomainDefineFlags), "VIR_DOMAIN_DEFINE_"),
            (typeof(DomainUndefineFlags), "VIR_DOMAIN_UNDEFINE_"),
            (typeof(DomainStartFlags), "VIR_DOMAIN_START_"),
            (typeof(DomainShutdownFlags), "VIR_DOMAIN_SHUTDOWN_"),
            (typeof(DomainDestroyFlags), "VIR_DOMAIN_DESTROY_"),
            (typeof(DomainAffect), "VIR_DOMAIN_AFFECT_"),
            (typeof(DomainVcpuFlags), "VIR_DOMAIN_VCPU_"),
            (typeof(DomainMemoryFlags), "VIR_DOMAIN_MEM_"),
            (typeof(DomainBlockResizeFlags), "VIR_DOMAIN_BLOCK_RESIZE_"),
            (typeof(DomainJobStatisticsFlags), "VIR_DOMAIN_JOB_STATS_"),
            (typeof(DomainControlState), "VIR_DOMAIN_CONTROL_"),
            (typeof(DomainJobType), "VIR_DOMAIN_JOB_"),
            (typeof(DomainAddressSource), "VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_"),
            (typeof(DomainMetadataKind), "VIR_DOMAIN_METADATA_"),
            (typeof(DomainLifecycle), "VIR_DOMAIN_EVENT_"),
            (typeof(DomainEventKind), "VIR_DOMAIN_EVENT_ID_"),
            (typeof(IoErrorAction), "VIR_DOMAIN_EVENT_IO_ERROR_"),
            (typeof(GuestAgentState), "VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_"),
            (typeof(CpuCompareFlags), "VIR_CONNECT_COMPARE_CPU_"),
            (typeof(CpuBaselineFlags), "VIR_CONNECT_BASELINE_CPU_"),
            (typeof(CpuComparison), "VIR_CPU_COMPARE_"),
            (typeof(NetworkListFlags), "VIR_CONNECT_LIST_NETWORKS_"),
            (typeof(StoragePoolListFlags), "VIR_CONNECT_LIST_STORAGE_POOLS_"),
        ];

        // Every type with libvirt's numbers is held against them; those of the messages themselves are above.
        Type[] others = [typeof(CallKind), typeof(LibvirtAuthentication), typeof(LibvirtClosingKind), typeof(Procedure), typeof(MessageType), typeof(MessageStatus)];
        Assert.Equal(
            typeof(LibvirtConnection).Assembly.GetTypes().Where(type => type.IsEnum && type.Namespace == typeof(LibvirtConnection).Namespace).Append(typeof(DomainState)).Select(type => type.Name).Order(StringComparer.Ordinal),
            kinds.Select(kind => kind.Type).Concat(others).Select(type => type.Name).Order(StringComparer.Ordinal));
        Assert.Equal("", string.Join('\n', kinds.SelectMany(kind => Enum.GetNames(kind.Type).Select(name => Difference(numbers, kind.Type, kind.Prefix, name))).OfType<string>()));
    }

    /// <summary>Null when the member has libvirt's number.</summary>
    private static string? Difference(IReadOnlyDictionary<string, long> numbers, Type type, string prefix, string name)
    {
        var number = Convert.ToInt64(type.GetField(name)!.GetRawConstantValue(), CultureInfo.InvariantCulture);
        if (number == 0 && type.GetCustomAttribute<FlagsAttribute>() is not null)
        {
            return null;
        }

        // Where a whole word is better than libvirt's own.
        var theirs = prefix + (type.Name, name) switch
        {
            (nameof(DomainState), nameof(DomainState.Unknown)) => "NOSTATE",
            (nameof(DomainState), nameof(DomainState.ShuttingDown)) => "SHUTDOWN",
            (nameof(DomainState), nameof(DomainState.ShutOff)) => "SHUTOFF",
            (nameof(DomainState), nameof(DomainState.Suspended)) => "PMSUSPENDED",
            (nameof(LibvirtFeature), nameof(LibvirtFeature.KeepAlive)) => "PROGRAM_KEEPALIVE",
            (nameof(LibvirtFeature), nameof(LibvirtFeature.EventCallbacks)) => "REMOTE_EVENT_CALLBACK",
            _ => Snake(name),
        };
        return numbers.TryGetValue(theirs, out var value) && value == number ? null : $"{theirs} is {value}, not {number}";
    }

    private static string Json(string? text) => text is null ? "nothing" : JsonNode.Parse(text)!.ToJsonString();

    private static string Read(LibvirtSources sources, string structure, byte[] message) =>
        sources.Remote.Has(structure) ? sources.Remote.Read(structure, message).ToJsonString() : message.Length == 0 ? "nothing" : $"{message.Length} bytes";

    private static byte[] Write(LibvirtSources sources, string structure, string? value)
    {
        Assert.Equal((structure, sources.Remote.Has(structure)), (structure, value is not null));
        return value is null ? [] : sources.Remote.Write(structure, JsonNode.Parse(value)!.AsObject());
    }

    private static string Pascal(string name) => string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Snake(string name) => Hump.Replace(name, "_").ToUpperInvariant();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Hump { get; }
}
