using System.Net;
using System.Reflection;
using k8s;
using KvmOperator.Runtime.LeaderElection;

namespace KvmOperator.Runtime.Hosting;

/// <summary>How an operator runs.</summary>
public sealed class OperatorSettings
{
    /// <summary>The operator's name: of its lease, and as the reporter of its events.</summary>
    public string Name { get; set; } = (Assembly.GetEntryAssembly()?.GetName().Name ?? "operator").ToLowerInvariant();

    /// <summary>The operator's own namespace, where its lease stands and events about cluster-scoped objects that cannot stand in <c>default</c>.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>
    /// The first part, before the slash, of the names of annotations that the operator keeps for itself, such as <c>/epoch</c> and
    /// <c>/installation</c> on its lease; by default its name.
    /// </summary>
    public string AnnotationDomain
    {
        get => field ?? Name;
        set;
    }

    /// <summary>This process among several replicas; must be unique, also over time.</summary>
    public string Identity { get; set; } = $"{Environment.MachineName}_{Guid.NewGuid():N}";

    /// <summary>Where the API server is and who asks; by default the kubeconfig that KUBECONFIG names, else the user's, else the pod's service account.</summary>
    public KubernetesClientConfiguration? Client { get; set; }

    /// <summary>Whether several replicas agree on one leader. Without it there must be only one.</summary>
    public LeaderElectionType LeaderElectionType { get; set; } = LeaderElectionType.Single;

    /// <summary>How leadership is kept and lost.</summary>
    public LeaderElectionTimings LeaderElection { get; set; } = LeaderElectionTimings.Default;

    /// <summary>
    /// Which exceptions of a pass are the world's doing, such as a machine that does not answer: told by their message alone. All others are a
    /// fault of the program and told with where they came from. The API server's are known.
    /// </summary>
    public Func<Exception, bool> IsExpected { get; set; } = _ => false;

    /// <summary>The address of /livez, /readyz and /metrics; by default every address, as the kubelet comes from outside.</summary>
    public IPAddress MonitoringAddress { get; set; } = IPAddress.Any;

    /// <summary>The port of /livez, /readyz and /metrics; 0 for any that is free, null for none.</summary>
    public int? MonitoringPort { get; set; } = 8080;

    /// <summary>When the process is asked to stop, work under way may go on for so long before it is cancelled. All in all a stop takes 30 s at most.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(20);
}
