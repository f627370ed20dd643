using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines.Definitions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Definitions;

/// <summary>Who computes the processor of a pool whose hosts have several versions of libvirt. With made-up answers of libvirt.</summary>
public sealed class PoolCpuModelsTests : IHostShells, ICpuBaseline
{
    private readonly List<string> asked = [];
    private readonly Dictionary<string, string> computed = new(StringComparer.Ordinal);
    private readonly HashSet<string> cannotGive = new(StringComparer.Ordinal);
    private readonly PoolCpuModels models;

    public PoolCpuModelsTests() => models = new PoolCpuModels(HostRig.Connections(HostRig.Secrets(), this, new FakeTimeProvider()), this);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_oldest_libvirt_computes_since_all_know_its_names()
    {
        (computed["node1"], computed["node2"]) = ("<cpu>by the newer</cpu>", "<cpu>by the older</cpu>");

        Assert.Equal("<cpu>by the older</cpu>", await models.ForAsync("default", [Host("node1", "11.3.0"), Host("node2", "9.0.0")], null, Token));
        Assert.Equal(["node2"], asked);
    }

    [Fact]
    public async Task Where_the_oldest_does_not_know_the_others_processors_a_newer_one_computes_what_the_oldest_can_give()
    {
        computed["node1"] = "<cpu>by the newer</cpu>";

        Assert.Equal("<cpu>by the newer</cpu>", await models.ForAsync("default", [Host("node1", "11.3.0"), Host("node2", "9.0.0")], null, Token));
        Assert.Equal(["node2", "node1"], asked);
    }

    [Fact]
    public async Task What_the_oldest_cannot_give_is_no_processor_of_the_pool()
    {
        computed["node1"] = "<cpu>by the newer</cpu>";
        cannotGive.Add("node2");
        KvmHost[] hosts = [Host("node1", "11.3.0"), Host("node2", "9.0.0")];

        Assert.Contains("Unknown CPU model", (await Assert.ThrowsAsync<NoCommonCpuModelException>(() => models.ForAsync("default", hosts, null, Token))).Message, StringComparison.Ordinal);

        // A guest that stays on one host gets that one's.
        Assert.Equal("<cpu>by the newer</cpu>", await models.ForAsync("default", hosts, "node1", Token));
    }

    [Fact]
    public async Task Of_one_version_the_first_host_computes_as_ever()
    {
        (computed["node1"], computed["node2"]) = ("<cpu>first</cpu>", "<cpu>second</cpu>");

        Assert.Equal("<cpu>first</cpu>", await models.ForAsync("default", [Host("node1", "9.0.0"), Host("node2", "9.0.0")], null, Token));
    }

    IHostShell IHostShells.Get(HostConnectionSettings settings) => new Shell(settings.Name);

    ValueTask IHostShells.ForgetAsync(string name) => ValueTask.CompletedTask;

    ValueTask IHostShells.CloseAllAsync() => ValueTask.CompletedTask;

    Task<string> ICpuBaseline.ReadHostCpuAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult($"<cpu>{host.Name}</cpu>");

    Task<string> ICpuBaseline.ComputeAsync(IHostShell host, IReadOnlyCollection<string> hostCpus, CancellationToken cancellationToken)
    {
        asked.Add(host.Name);
        return computed.TryGetValue(host.Name, out var cpu)
            ? Task.FromResult(cpu)
            : throw new CommandFailedException(
                host.Name, RemoteCommand.Of("virsh", "hypervisor-cpu-baseline"), new CommandResult(1, null, default, "error: internal error: Unknown CPU model EPYC-Genoa"u8.ToArray(), TimeSpan.Zero));
    }

    Task<string?> ICpuBaseline.FindIncompatibilityAsync(IHostShell host, string cpuXml, CancellationToken cancellationToken) =>
        Task.FromResult(cannotGive.Contains(host.Name) ? "internal error: Unknown CPU model EPYC-Genoa" : null);

    private static KvmHost Host(string name, string libvirt)
    {
        var host = HostRig.Host(name);
        host.Status = new KvmHostStatus { System = new HostSystem { Libvirt = libvirt } };
        return host;
    }

    private sealed class Shell(string name) : IHostShell
    {
        public string Name => name;

        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
