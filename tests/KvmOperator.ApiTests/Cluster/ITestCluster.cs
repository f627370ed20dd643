namespace KvmOperator.ApiTests.Cluster;

/// <summary>A Kubernetes API that tests may use.</summary>
internal interface ITestCluster : IAsyncDisposable
{
    /// <summary>The path of a kubeconfig with an administrator's rights.</summary>
    string Kubeconfig { get; }
}
