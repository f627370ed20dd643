using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.Runtime.Api;

namespace KvmOperator.HostTests.Operator;

/// <summary>The Kubernetes API of a lab, used as people use it: with kubectl, and by reading objects.</summary>
internal sealed class LabCluster(string kubeconfig) : IDisposable
{
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromMinutes(1);

    private readonly Kubernetes kubernetes = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));

    public string Kubeconfig => kubeconfig;

    /// <summary>Why nothing that is waited for will come; null while it may.</summary>
    public Func<string?> Broken { get; set; } = () => null;

    public EntityClient Client => field ??= new EntityClient(kubernetes, TimeProvider.System);

    public Task<CommandResult> KubectlAsync(CancellationToken cancellationToken, params string[] arguments) =>
        TryKubectlAsync(cancellationToken, arguments).ContinueWithSuccess();

    public Task<CommandResult> TryKubectlAsync(CancellationToken cancellationToken, params string[] arguments) =>
        CommandLine.RunAsync("kubectl", ["--kubeconfig", kubeconfig, .. arguments], Patience.For(RequestDeadline), cancellationToken);

    /// <summary><c>kubectl apply</c> of a YAML text.</summary>
    public async Task ApplyAsync(string yaml, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, yaml, cancellationToken);
            await KubectlAsync(cancellationToken, "apply", "-f", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Reads an object that has to be there.</summary>
    /// <param name="name">Its name, or namespace/name.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<TEntity> GetAsync<TEntity>(string name, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        await TryGetAsync<TEntity>(name, cancellationToken) ?? throw new InvalidOperationException($"there is no {typeof(TEntity).Name} {name}");

    public Task<TEntity?> TryGetAsync<TEntity>(string name, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> => Client.GetAsync<TEntity>(Key(name), cancellationToken);

    /// <summary>A field of an object, also one that the types of these tests do not know; empty when it is not there.</summary>
    /// <param name="kind">The kind, as kubectl takes it.</param>
    /// <param name="name">The object, in the namespace default where it has one.</param>
    /// <param name="path">The path in kubectl's words, such as <c>.status.phase</c>.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<string> FieldAsync(string kind, string name, string path, CancellationToken cancellationToken) =>
        (await KubectlAsync(cancellationToken, "-n", "default", "get", kind, name, "-o", $"jsonpath={{{path}}}")).Output;

    /// <summary>Waits until an object is as it should be; fails with the object as it is.</summary>
    public async Task<TEntity> UntilAsync<TEntity>(string name, string awaited, Func<TEntity, bool> condition, TimeSpan within, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        TEntity? seen = null;
        try
        {
            await KvmLab.UntilAsync(
                awaited,
                async () => (seen = await TryGetAsync<TEntity>(name, cancellationToken)) is not null && condition(seen)
                    || (Broken() is { } broken ? throw new InvalidOperationException($"{typeof(TEntity).Name} {name}: {awaited}: {broken}") : false),
                within,
                cancellationToken);
            return seen!;
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{typeof(TEntity).Name} {name}: {exception.Message}\n{(seen is null ? "it is not there" : KubernetesYaml.Serialize(seen))}", exception);
        }
    }

    /// <summary>Waits until an object is gone.</summary>
    public Task UntilGoneAsync<TEntity>(string name, TimeSpan within, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        KvmLab.UntilAsync($"{typeof(TEntity).Name} {name} is gone", async () => await TryGetAsync<TEntity>(name, cancellationToken) is null, within, cancellationToken);

    /// <summary>The reasons of the events about an object, in no order.</summary>
    public async Task<IReadOnlyList<string>> EventReasonsAsync(string name, CancellationToken cancellationToken)
    {
        var output = (await KubectlAsync(cancellationToken, "get", "events", "--all-namespaces", "--field-selector", $"involvedObject.name={Key(name).Name}", "-o", "jsonpath={.items[*].reason}")).Output;
        return output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>How often something was told about an object: events that repeat are counted in one.</summary>
    /// <param name="name">The object.</param>
    /// <param name="reason">The events' reason.</param>
    /// <param name="about">What their message begins with.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<int> ToldAsync(string name, string reason, string about, CancellationToken cancellationToken)
    {
        var output = (await KubectlAsync(
            cancellationToken, "get", "events", "--all-namespaces", "--field-selector", $"involvedObject.name={Key(name).Name},reason={reason}", "-o", "json")).Output;
        return JsonNode.Parse(output)!["items"]!.AsArray()
            .Where(told => ((string?)told!["message"])?.StartsWith(about, StringComparison.Ordinal) == true)
            .Sum(told => (int?)told!["series"]?["count"] ?? 1);
    }

    /// <summary>Forgets all objects of the product without anything being done for them: their finalizers are taken away. No operator may run.</summary>
    public async Task ForgetAllAsync(CancellationToken cancellationToken)
    {
        await ForgetAsync<VmMigration>(cancellationToken);
        await ForgetAsync<VmwareImport>(cancellationToken);
        await ForgetAsync<VirtualMachine>(cancellationToken);
        await ForgetAsync<NfsStore>(cancellationToken);
        await ForgetAsync<KvmHost>(cancellationToken);
        await KubectlAsync(cancellationToken, "-n", "default", "delete", "events", "--all");
    }

    public void Dispose() => kubernetes.Dispose();

    private static EntityKey Key(string name) => name.Split('/') is [var ofNamespace, var own] ? new EntityKey(ofNamespace, own) : new EntityKey(null, name);

    private async Task ForgetAsync<TEntity>(CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        foreach (var entity in await Client.ListAsync<TEntity>(null, null, cancellationToken))
        {
            var key = new EntityKey(entity.Namespace(), entity.Name());
            await Client.DeleteAsync<TEntity>(key, cancellationToken);
            if (await Client.GetAsync<TEntity>(key, cancellationToken) is not null)
            {
                await Client.PatchAsync<TEntity>(key, PatchKind.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }, null, cancellationToken);
            }
        }
    }
}
