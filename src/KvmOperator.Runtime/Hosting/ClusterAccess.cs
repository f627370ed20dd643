using k8s;
using k8s.KubeConfigModels;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace KvmOperator.Runtime.Hosting;

/// <summary>
/// Finds out where the API server is and who asks, as <see cref="KubernetesClientConfiguration.BuildDefaultConfig"/> does. That one reads a kubeconfig only after it has gone by
/// reflection through every model that Kubernetes has, which costs a small process a third of its memory for good; only that part is done differently here.
/// </summary>
internal static class ClusterAccess
{
    /// <summary>By the file that KUBECONFIG names, else the user's, else the pod's service account.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="YamlDotNet.Core.YamlException">It is no kubeconfig.</exception>
    public static KubernetesClientConfiguration Find()
    {
        var named = Environment.GetEnvironmentVariable("KUBECONFIG") ?? string.Empty;
        string[] files = named.Length > 0
            ? named.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            : File.Exists(KubernetesClientConfiguration.KubeConfigDefaultLocation) ? [KubernetesClientConfiguration.KubeConfigDefaultLocation] : [];

        // Merging several is the library's art.
        return files is [var file] ? Read(file) : KubernetesClientConfiguration.BuildDefaultConfig();
    }

    /// <summary>The content of a kubeconfig.</summary>
    public static K8SConfiguration Parse(string yaml) =>
        new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build().Deserialize<K8SConfiguration>(yaml);

    private static KubernetesClientConfiguration Read(string file)
    {
        var kubeconfig = Parse(File.ReadAllText(file));

        // Certificates may be named by paths from there.
        kubeconfig.FileName = Path.GetFullPath(file);
        return KubernetesClientConfiguration.BuildConfigFromConfigObject(kubeconfig);
    }
}
