using KvmOperator.ApiTests.Cluster;
using Xunit;

namespace KvmOperator.ApiTests.CustomResourceDefinitions;

/// <summary>The files of config/crd, installed once for all tests of a class.</summary>
public sealed class InstalledDefinitions(ClusterFixture cluster) : IAsyncLifetime
{
    /// <summary>Where the files are.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "config", "crd");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        await cluster.ApplyCustomResourceDefinitionsAsync(
            [.. Directory.GetFiles(Folder, "*.yaml").Select(File.ReadAllText)], TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
