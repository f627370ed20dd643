namespace KvmOperator.ApiTests.Cluster;

/// <summary>A cluster that somebody else started and will end.</summary>
internal sealed class GivenCluster(string kubeconfig) : ITestCluster
{
    public string Kubeconfig => kubeconfig;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
