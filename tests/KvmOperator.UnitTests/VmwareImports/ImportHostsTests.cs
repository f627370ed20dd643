using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmwareImports;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>Where an import is carried out, and why not.</summary>
public sealed class ImportHostsTests
{
    private const string Mount = "/var/lib/libvirt/images";

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly Looks looks = new();
    private readonly HostObservations observations;
    private readonly ImportHosts importHosts;

    public ImportHostsTests()
    {
        observations = new HostObservations(looks, new DomainIndex(), hosts, new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<VirtualMachine>(), HostRig.LookMetrics(), clock);
        importHosts = new ImportHosts(HostRig.Connections(HostRig.Secrets(), looks, clock), observations, new StoreAccessView(stores), new PoolViews(hosts), hosts, stores);
        Put("images", Mount, "node1", "node2");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_on_a_host_is_read_there_below_the_folders_that_its_object_names()
    {
        await HostAsync("node1", 0, "/srv/import");

        var (place, _) = importHosts.Find(OnHost("node1"));

        Assert.Equal(("node1", "/srv/import/vm", "default"), (place!.Host, place.Scope.Path, place.Scope.Namespace));
        Assert.Equal(["/srv/import"], place.Scope.Roots);
        Assert.Equal([Mount], place.Scope.Stores);
        Assert.Equal($"{Mount}/default_qy1", place.Folder("default_qy1"));
    }

    [Fact]
    public async Task A_host_that_names_no_folder_shows_none()
    {
        await HostAsync("node1", 0);

        var (place, refusal) = importHosts.Find(OnHost("node1"));

        Assert.Null(place);
        Assert.Equal(VmwareImportReasons.SourceUnreadable, refusal!.Reason);
        Assert.StartsWith("the KvmHost node1 names no spec.importFolders", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_in_a_store_is_read_by_the_host_that_is_busy_least_and_stays_with_it()
    {
        await HostAsync("node1", 8);
        await HostAsync("node2", 1);
        var import = InStore("images");

        var (place, _) = importHosts.Find(import);
        Assert.Equal("node2", place!.Host);
        Assert.Equal([Mount], place.Scope.Roots);

        import.Status = new VmwareImportStatus { Host = "node1" };
        Assert.Equal("node1", importHosts.Find(import).Place!.Host);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_on_a_host_is_not_used_there()
    {
        await HostAsync("node1", 1);
        await HostAsync("node2", 8);
        looks.Hung.Add("node1");
        await HostAsync("node1", 1);

        Assert.Equal("node2", importHosts.Find(InStore("images")).Place!.Host);
        Assert.Equal("the store images is not usable on node1: see it (kubectl describe nfsstore images)", importHosts.Find(OnHost("node1", "/srv/import")).Refusal?.Message);
    }

    [Fact]
    public async Task What_lies_beside_the_disks_is_read_by_any_host_that_has_their_store()
    {
        await HostAsync("node2", 1);

        Assert.Equal(new ImportStore("node2", Mount), importHosts.FindStore(OnHost("node1")));
        Assert.Null(importHosts.FindStore(InStore("images", target: "none")));
    }

    [Fact]
    public async Task What_lacks_is_said()
    {
        Assert.Contains("the pool 'default' has no hosts", Refusal(InStore("images")), StringComparison.Ordinal);
        Assert.Contains("there is no KvmHost node9", Refusal(OnHost("node9")), StringComparison.Ordinal);
        Assert.Contains("there is no NfsStore none", Refusal(InStore("images", target: "none")), StringComparison.Ordinal);
        Assert.Contains("there is no NfsStore other in the pool 'default'", Refusal(InStore("other")), StringComparison.Ordinal);

        var host = HostRig.Host("far");
        host.Spec = host.Spec with { Pool = "elsewhere", ImportFolders = ["/srv/import"] };
        hosts.Put(host, out _);
        Assert.Contains("far is in the pool 'elsewhere', and the store images in 'default'", Refusal(OnHost("far")), StringComparison.Ordinal);

        await HostAsync("node1", 0);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("node1 does not answer: see it (kubectl describe kvmhost node1)", Refusal(InStore("images")));
    }

    private string Refusal(VmwareImport import)
    {
        var (place, refusal) = importHosts.Find(import);
        Assert.Null(place);
        return refusal!.Message;
    }

    private VmwareImport OnHost(string name, params string[] folders)
    {
        if (folders.Length > 0 && hosts.Remove(new EntityKey(null, name)) is { } host)
        {
            host.Spec = host.Spec with { ImportFolders = folders };
            hosts.Put(host, out _);
        }

        return Import(new ImportSource { HostRef = SpecSamples.Named(name), Path = "/srv/import/vm" }, "images");
    }

    private static VmwareImport InStore(string source, string target = "images") => Import(new ImportSource { StoreRef = SpecSamples.Named(source), Path = $"{Mount}/vmware/vm" }, target);

    private static VmwareImport Import(ImportSource source, string target) => new()
    {
        Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default", Uid = "uid" },
        Spec = new VmwareImportSpec { Source = source, VirtualMachine = new ImportedVirtualMachine { Name = "qy1" }, StoreRef = SpecSamples.Named(target) },
    };

    private void Put(string name, string mount, params string[] usableOn)
    {
        var store = SpecSamples.Store;
        store.Metadata.Name = name;
        store.Spec = store.Spec with { MountPath = mount };
        store.Status = new NfsStoreStatus { Mounts = [.. usableOn.Select(host => new StoreMount { Host = host, Ready = true })] };
        stores.Put(store, out _);
    }

    private async Task HostAsync(string name, double load, params string[] folders)
    {
        var host = HostRig.Host(name);
        host.Spec = host.Spec with { Pool = "default", ImportFolders = folders };
        hosts.Remove(new EntityKey(null, name));
        hosts.Put(host, out _);
        looks.Loads[name] = load;
        await observations.LookAsync(name, new NamedShell(name), [Mount], Token);
    }

    private sealed class Looks : IHostObserver, IHostShells
    {
        public Dictionary<string, double> Loads { get; } = new(StringComparer.Ordinal);

        /// <summary>Hosts on which the stores hang.</summary>
        public HashSet<string> Hung { get; } = new(StringComparer.Ordinal);

        public Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) => Task.FromResult(Given.Host() with
        {
            BootId = host.Name,
            LoadAverage = Loads[host.Name],
            Stores = [.. mountPaths.Select(path => Hung.Contains(host.Name) ? StoreProbe.Silent(path) : new StoreProbe(path, true, 1L << 40, 1L << 39, string.Empty))],
        });

        public void Listen(HostTold told)
        {
        }

        public ValueTask ForgetAsync(string host) => ValueTask.CompletedTask;

        public Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IHostShell Get(HostConnectionSettings settings) => throw new NotSupportedException();

        public ValueTask CloseAllAsync() => throw new NotSupportedException();
    }

    private sealed record NamedShell(string Name) : IHostShell
    {
        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
