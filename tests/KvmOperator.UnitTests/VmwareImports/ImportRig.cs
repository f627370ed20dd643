using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.Planning.Vmware;
using KvmOperator.VmwareImports;
using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>The controller and the finalizer of imports with a host that is made up, a fake clock, and an API server that keeps guests. The source is a CentOS with one disk, a log and a snapshot's leftovers.</summary>
internal sealed class ImportRig : IEventRecorder, IDisposable
{
    private readonly StatusBaselines baselines = new();
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<VmwareImport> imports = new(ImportIndexes.All);
    private readonly ObjectStore<VirtualMachine> guests = new(GuestIndexes.All);
    private readonly EntityClient client;
    private readonly StatusWriter<VmwareImport> writer;

    public ImportRig()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, Api);
        client = new EntityClient(kubernetes, Clock);
        writer = new StatusWriter<VmwareImport>(client, imports, baselines, Clock);
        Host.Add("node3.vmx", Vmdk.Vmx(Vmdk.Disk("disk.vmdk")));
        Host.Add("disk.vmdk", Vmdk.MonolithicSparse(2048));
        Host.Add("vmware.log", "log");
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeImportHost Host { get; } = new();

    public ImportApi Api { get; } = new();

    public List<string> Events { get; } = [];

    /// <summary>An import of the source that was created now.</summary>
    public VmwareImport Import(Func<VmwareImportSpec, VmwareImportSpec>? change = null, string uid = "uid")
    {
        var spec = new VmwareImportSpec
        {
            Source = new ImportSource { HostRef = SpecSamples.Named("node1"), Path = "/srv/import/vm" },
            VirtualMachine = new ImportedVirtualMachine { Name = "qy1" },
            StoreRef = SpecSamples.Named("images"),
        };
        return new VmwareImport
        {
            Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default", Uid = uid, CreationTimestamp = Clock.GetUtcNow().UtcDateTime },
            Spec = change is null ? spec : change(spec),
        };
    }

    /// <summary>What the store shows of an import from now on.</summary>
    public void Add(VmwareImport import)
    {
        imports.Remove(EntityKey.Of(import));
        imports.Put(import, out _);
    }

    public void Add(VirtualMachine guest) => guests.Put(guest, out _);

    /// <summary>The guest that the import made, as the operator sees it, running or not.</summary>
    public void Run(bool isRunning)
    {
        var guest = Api.Guests["qy1"];
        guests.Remove(new EntityKey("default", "qy1"));
        guest.Status = new VirtualMachineStatus
        {
            Host = "node2",
            Conditions =
            [
                new V1Condition { Type = VirtualMachineConditions.Running, Status = isRunning ? "True" : "False" },
                new V1Condition { Type = CommonConditions.Ready, Status = isRunning ? "True" : "False", Message = isRunning ? "it runs" : "no host can take it" },
            ],
        };
        guests.Put(guest, out _);
    }

    /// <summary>One pass of the controller; answers the import with the status that was written, which the store shows from then on.</summary>
    public async Task<VmwareImport> ReconcileAsync(VmwareImport import, CancellationToken cancellationToken)
    {
        var copy = baselines.PrivateCopyOf(import);
        await Controller().ReconcileAsync(copy, cancellationToken);
        Add(copy);
        return copy;
    }

    /// <summary>Passes of the controller until the import is at this step, or over.</summary>
    public async Task<VmwareImport> ReconcileAsync(VmwareImport import, ImportStep until, CancellationToken cancellationToken)
    {
        for (var pass = 0; pass < 10 && import.Status?.Step != until && !VmwareImportStates.IsEnd(import.Status?.Phase); pass++)
        {
            import = await ReconcileAsync(import, cancellationToken);
        }

        return import;
    }

    /// <summary>One pass of the finalizer; answers whether the import may go.</summary>
    public async Task<bool> FinalizeAsync(VmwareImport import, CancellationToken cancellationToken) =>
        await new VmwareImportFinalizer(Host, Host, Host, client, this).FinalizeAsync(baselines.PrivateCopyOf(import), cancellationToken) is { IsSuccess: true, RequeueAfter: null };

    /// <summary>What is said of an import, as <c>Status Reason: message</c>.</summary>
    public static string Said(VmwareImport import, string type = CommonConditions.Succeeded) =>
        import.Status?.Conditions.FirstOrDefault(condition => condition.Type == type) is { } condition ? $"{condition.Status} {condition.Reason}: {condition.Message}" : string.Empty;

    public void Dispose() => kubernetes.Dispose();

    void IEventRecorder.Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type) => Events.Add($"{entity.Kind} {type} {reason}: {message}");

    void IEventRecorder.Publish(V1ObjectReference regarding, string reason, string message, EventType type) => throw new NotSupportedException();

    private VmwareImportController Controller() => new(
        new ImportBeginning(Host, new SourceInspection(Host, guests), Host),
        new ImportConversion(Host, Host, Host, imports),
        new ImportDefinition(Host, Host, client),
        new ImportProof(Host, Host),
        new ImportTrimming(Host, Host),
        imports,
        guests,
        writer,
        this,
        Clock);
}
