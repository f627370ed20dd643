using k8s;
using k8s.Autorest;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Benchmarks.Fleet.Hosts;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Benchmarks.Fleet;

/// <summary>The objects of the fleet on the API server. What is there already is left as it is, so that runs build on each other.</summary>
internal sealed class FleetObjects(Kubernetes kubernetes, TimeProvider clock)
{
    /// <summary>The operator's own namespace.</summary>
    public const string OperatorNamespace = "kvm-operator";

    private const string Secret = "kvm-hosts-ssh";
    private const string Store = "images";
    private static readonly ParallelOptions SideBySide = new() { MaxDegreeOfParallelism = 16 };

    private readonly EntityClient client = new(kubernetes, clock);

    /// <summary>Creates what is missing.</summary>
    /// <returns>How many objects were created.</returns>
    public async Task<int> CreateAsync(int hosts, int guests, CancellationToken cancellationToken)
    {
        foreach (var name in new[] { OperatorNamespace, FleetIdentity.Namespace })
        {
            await OnceAsync(() => kubernetes.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = name } }, cancellationToken: cancellationToken));
        }

        await OnceAsync(() => kubernetes.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret { Metadata = new V1ObjectMeta { Name = Secret }, Type = "kubernetes.io/basic-auth", StringData = new Dictionary<string, string> { ["username"] = "root", ["password"] = "simulated" } },
            OperatorNamespace,
            cancellationToken: cancellationToken));
        return await MissingAsync([NewStore()], cancellationToken)
            + await MissingAsync([.. Enumerable.Range(0, hosts).Select(Host)], cancellationToken)
            + await MissingAsync([.. Enumerable.Range(0, guests).Select(Guest)], cancellationToken);
    }

    private async Task<int> MissingAsync<TEntity>(IReadOnlyList<TEntity> wanted, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var existing = await client.ListAsync<TEntity>(null, null, cancellationToken);
        var missing = wanted.ExceptBy(existing.Select(EntityKey.Of), EntityKey.Of).ToList();
        await Parallel.ForEachAsync(missing, SideBySide, async (entity, _) => await client.CreateAsync(entity, cancellationToken));
        return missing.Count;
    }

    private static NfsStore NewStore() => new()
    {
        ApiVersion = ApiGroup.GroupVersion,
        Kind = nameof(NfsStore),
        Metadata = new V1ObjectMeta { Name = Store },
        Spec = new NfsStoreSpec { Server = new NfsServer { Address = "10.255.0.1" }, ExportPath = "/images" },
    };

    private static KvmHost Host(int number) => new()
    {
        ApiVersion = ApiGroup.GroupVersion,
        Kind = nameof(KvmHost),
        Metadata = new V1ObjectMeta { Name = FleetIdentity.HostName(number) },
        Spec = new KvmHostSpec { Address = FleetIdentity.HostAddress(number), Ssh = new HostSsh { CredentialsSecretRef = new LocalObjectReference { Name = Secret } } },
    };

    /// <summary>Left as people leave it: what is measured is how soon the status says so. It has its finalizer, which saves the API server a third of its work and the run minutes.</summary>
    private static VirtualMachine Guest(int number) => new()
    {
        ApiVersion = ApiGroup.GroupVersion,
        Kind = nameof(VirtualMachine),
        Metadata = new V1ObjectMeta { Name = FleetIdentity.GuestName(number), NamespaceProperty = FleetIdentity.Namespace, Finalizers = [Finalizers.VirtualMachine] },
        Spec = new VirtualMachineSpec
        {
            Memory = new ResourceQuantity("1Gi"),
            RunStrategy = RunStrategy.Manual,
            Disks = [new VirtualMachineDisk { Name = "root", Size = new ResourceQuantity("10Gi"), StoreRef = new LocalObjectReference { Name = Store } }],
        },
    };

    private static async Task OnceAsync(Func<Task> create)
    {
        try
        {
            await create();
        }
        catch (HttpOperationException refused) when (refused.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            // It is there already.
        }
    }
}
