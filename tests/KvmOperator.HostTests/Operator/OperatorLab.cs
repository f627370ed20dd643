using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using HostConnectionSettings = KvmOperator.Hosts.Ssh.HostConnectionSettings;
using HostCredentials = KvmOperator.Hosts.Ssh.HostCredentials;
using HostKeyTrust = KvmOperator.Hosts.Ssh.HostKeyTrust;

namespace KvmOperator.HostTests.Operator;

/// <summary>A lab with its Kubernetes API, the operator's definitions in it, and at most one operator.</summary>
internal sealed class OperatorLab : IAsyncDisposable
{
    /// <summary>What the store's folder on the storage server is.</summary>
    public const string ExportPath = "/images";

    private static readonly TimeSpan PoolDeadline = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan LookDeadline = TimeSpan.FromMinutes(3);

    private OperatorLab(KvmLab machines, LabCluster cluster, PoolManifests manifests, string logFile)
    {
        Machines = machines;
        Cluster = cluster;
        Manifests = manifests;
        LogFile = logFile;
        cluster.Broken = () => Operator?.Broken;
    }

    public KvmLab Machines { get; }

    public LabCluster Cluster { get; }

    public PoolManifests Manifests { get; }

    /// <summary>Where the operator's log is written.</summary>
    public string LogFile { get; }

    public OperatorProcess? Operator { get; private set; }

    /// <summary>Opens a lab whose control plane runs: its definitions are installed, its objects forgotten, the machines' key is in a Secret. No operator runs yet.</summary>
    /// <param name="machines">The lab.</param>
    /// <param name="scenario">Names the operator's log under artifacts/tests.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<OperatorLab> OpenAsync(KvmLab machines, string scenario, CancellationToken cancellationToken)
    {
        var kubeconfig = (await machines.VerbAsync(cancellationToken, "kubeconfig")).Output.Trim();
        var configuration = (await machines.VerbAsync(cancellationToken, "ssh-config")).Output.Trim();
        var cluster = new LabCluster(kubeconfig);
        var sshConfig = await File.ReadAllTextAsync(configuration, cancellationToken);
        var lab = new OperatorLab(machines, cluster, new PoolManifests(sshConfig), Path.Combine(Repository.Root, "artifacts", "tests", $"operator-{scenario}.log"));
        await lab.InstallAsync(cancellationToken);
        await cluster.ForgetAllAsync(cancellationToken);
        return lab;
    }

    /// <summary>Installs what Helm would: the definitions and the operator's namespace, and the machines' key.</summary>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        var definitions = Directory.GetFiles(Path.Combine(Repository.Root, "config", "crd"), "*.yaml");
        await ControlPlaneAsync("crds", cancellationToken, definitions);
        await Cluster.ApplyAsync("apiVersion: v1\nkind: Namespace\nmetadata: {name: kvm-operator}\n", cancellationToken);
        var key = await File.ReadAllTextAsync(PrivateKeyFile(Machines), cancellationToken);
        await Cluster.ApplyAsync(
            $"apiVersion: v1\nkind: Secret\nmetadata: {{name: {PoolManifests.SecretName}, namespace: kvm-operator}}\ntype: kubernetes.io/ssh-auth\nstringData:\n  ssh-privatekey: |\n{Indented(key)}\n",
            cancellationToken);
    }

    /// <summary>Loses etcd's disk: the API knows nothing any more. Installs the definitions anew, as a person would on a new cluster. No operator may run.</summary>
    public async Task LoseClusterAsync(CancellationToken cancellationToken)
    {
        await ControlPlaneAsync("wipe", cancellationToken);
        await InstallAsync(cancellationToken);
    }

    /// <summary>The API servers answer nothing any more, and nothing is lost.</summary>
    public Task FreezeClusterAsync(CancellationToken cancellationToken) => ControlPlaneAsync("freeze", cancellationToken);

    /// <summary>They go on.</summary>
    public Task ThawClusterAsync(CancellationToken cancellationToken) => ControlPlaneAsync("thaw", cancellationToken);

    /// <summary>Starts the operator, in the place of one that runs.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="kubeconfig">Who the operator is to the API; the administrator unless told.</param>
    public async Task StartOperatorAsync(CancellationToken cancellationToken, string? kubeconfig = null)
    {
        if (Operator is not null)
        {
            await Operator.DisposeAsync();
        }

        // A killed operator's lease would hold its successor up for its whole length, which is not what these scenarios are about. It is given up, and not deleted: that would be another installation.
        await Cluster.TryKubectlAsync(
            cancellationToken, "-n", "kvm-operator", "patch", "leases.coordination.k8s.io", "kvm-operator", "--type=merge", "-p", "{\"spec\":{\"holderIdentity\":\"\"}}");
        Operator = await OperatorProcess.StartAsync(kubeconfig ?? Cluster.Kubeconfig, LogFile, cancellationToken);
    }

    /// <summary>Starts one more operator, which waits for the lease of the one that leads. The caller ends it.</summary>
    public Task<OperatorProcess> StartAnotherOperatorAsync(CancellationToken cancellationToken) => OperatorProcess.StartAsync(Cluster.Kubeconfig, LogFile, cancellationToken);

    /// <summary>How a machine is connected to, as the operator does.</summary>
    public async Task<HostConnectionSettings> ConnectionToAsync(string machine, CancellationToken cancellationToken) =>
        new(machine, "127.0.0.1", new HostCredentials { PrivateKey = await File.ReadAllTextAsync(PrivateKeyFile(Machines), cancellationToken) }) { Port = Manifests.Port(machine), Trust = HostKeyTrust.FirstUse };

    public async Task KillOperatorAsync(CancellationToken cancellationToken)
    {
        await Operator!.KillAsync(cancellationToken);
        await Operator.DisposeAsync();
        Operator = null;
    }

    public async Task StopOperatorAsync(CancellationToken cancellationToken)
    {
        await Operator!.StopAsync(cancellationToken);
        await Operator.DisposeAsync();
        Operator = null;
    }

    /// <summary>Applies the hosts and the store, and waits until all are ready. An operator runs.</summary>
    public async Task ApplyPoolAsync(CancellationToken cancellationToken)
    {
        await Cluster.ApplyAsync(Manifests.Hosts + "---\n" + Manifests.NfsStore(), cancellationToken);
        await PoolIsReadyAsync(cancellationToken);
    }

    public async Task PoolIsReadyAsync(CancellationToken cancellationToken)
    {
        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "the store is ready", store => store.Status.Is(CommonConditions.Ready), PoolDeadline, cancellationToken);
        foreach (var host in Manifests.HostNames)
        {
            await Cluster.UntilAsync<KvmHost>(host, "the host is ready", seen => seen.Status.Is(CommonConditions.Ready), PoolDeadline, cancellationToken);
        }
    }

    /// <summary>Waits until a whole look at a host has begun and ended after now: the next one that is told may have begun before.</summary>
    public async Task LookedAtAsync(string host, CancellationToken cancellationToken)
    {
        for (var looks = 0; looks < 2; looks++)
        {
            var beat = (await Cluster.GetAsync<KvmHost>(host, cancellationToken)).Status!.LastHeartbeatTime;
            await Cluster.UntilAsync<KvmHost>(host, "it was looked at again", seen => seen.Status!.LastHeartbeatTime > beat, LookDeadline, cancellationToken);
        }
    }

    /// <summary>Waits until a host's heartbeat has gone on for some times.</summary>
    public async Task BeatsAsync(string host, int times, CancellationToken cancellationToken)
    {
        for (var beats = 0; beats < times; beats++)
        {
            var beat = (await Cluster.GetAsync<KvmHost>(host, cancellationToken)).Status!.LastHeartbeatTime;
            await Cluster.UntilAsync<KvmHost>(host, "its heartbeat goes on", seen => seen.Status!.LastHeartbeatTime > beat, LookDeadline, cancellationToken);
        }
    }

    /// <summary>Puts the lab's guest image into the store's folder, as a person with access to the storage server would.</summary>
    public async Task CopyGuestImageAsync(CancellationToken cancellationToken)
    {
        var built = (await RunAsync(Path.Combine(KvmLab.Scripts, "guest-image", "build-guest-image"), [], cancellationToken)).Output.Trim();
        var configuration = (await Machines.VerbAsync(cancellationToken, "ssh-config")).Output.Trim();
        await Machines.RunAsync("storage", $"mkdir -p {ExportPath}", cancellationToken);
        await RunAsync("scp", ["-q", "-F", configuration, Path.Combine(built, "guest.qcow2"), $"storage:{ExportPath}/guest.qcow2"], cancellationToken);
    }

    /// <summary>Has libvirt's default network started on all hosts, as a pool has it that had guests before: only guests that name it have it asked for.</summary>
    public async Task HaveNetworksAsync(CancellationToken cancellationToken)
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("network", "  runStrategy: Halted\n  deletionPolicy: Delete"), cancellationToken);
        foreach (var host in Manifests.HostNames)
        {
            await KvmLab.UntilAsync(
                $"the default network runs on {host}",
                async () => (await Machines.TryRunAsync(host, "virsh -r net-list --name | grep -qx 'default *'", cancellationToken)).Succeeded,
                PoolDeadline,
                cancellationToken);
        }

        await Cluster.KubectlAsync(cancellationToken, "delete", "virtualmachine", "network", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/network", PoolDeadline, cancellationToken);
    }

    /// <summary>The domains whose guests run on a machine, asked on the machine itself. One that is on its way in or out stands still and is none of these.</summary>
    public async Task<string[]> RunningDomainsAsync(string node, CancellationToken cancellationToken) => await LinesAsync(node, "virsh -r list --state-running --name", cancellationToken);

    /// <summary>The domains that a machine knows, running or not.</summary>
    public async Task<string[]> DefinedDomainsAsync(string node, CancellationToken cancellationToken) => await LinesAsync(node, "virsh -r list --all --name", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Operator is not null)
        {
            await Operator.DisposeAsync();
        }

        Cluster.Dispose();
    }

    /// <summary>The private key that a lab's machines let in, as the lab itself wrote it down: those of some images take another kind than the others.</summary>
    public static string PrivateKeyFile(KvmLab machines)
    {
        const string key = "KEY=";
        return File.ReadLines(Path.Combine(machines.State, "lab")).First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..];
    }

    private Task ControlPlaneAsync(string verb, CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync(Path.Combine(KvmLab.Scripts, "control-plane", "control-plane"), [verb, .. arguments, "--state", Path.GetDirectoryName(Cluster.Kubeconfig)!], cancellationToken);

    private static string Indented(string text) => string.Join('\n', text.TrimEnd().Split('\n').Select(line => "    " + line));

    private static async Task<CommandResult> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        await CommandLine.RunAsync(program, arguments, Patience.For(TimeSpan.FromMinutes(2)), cancellationToken).ContinueWithSuccess();

    private async Task<string[]> LinesAsync(string node, string command, CancellationToken cancellationToken) =>
        (await Machines.RunAsync(node, command, cancellationToken)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
