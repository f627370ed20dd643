using KvmOperator.Api;
using KvmOperator.CustomResourceDefinitions;
using Xunit;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>The command that people run after they changed a type.</summary>
public sealed class CustomResourceDefinitionCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kvm-operator-crds-");
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public void Dispose()
    {
        folder.Delete(recursive: true);
        output.Dispose();
        error.Dispose();
    }

    [Fact]
    public async Task Each_kind_is_written_into_a_file_of_its_own()
    {
        var target = Path.Combine(folder.FullName, "new", "crd");

        Assert.Equal(0, await RunAsync(target));

        var expected = CustomResourceDefinitionGenerator.GenerateAll(typeof(ApiGroup).Assembly).Select(CustomResourceDefinitionFile.Of);
        Assert.All(expected, file => Assert.Equal(file.Text, File.ReadAllText(Path.Combine(target, file.Name))));
        Assert.Equal(expected.Count(), Directory.GetFiles(target).Length);
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("folder", "more")]
    public async Task Anything_else_is_answered_with_the_usage(params string[] arguments)
    {
        Assert.Equal(2, await RunAsync(arguments));

        Assert.Contains("usage: KvmOperator.CustomResourceDefinitions FOLDER", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_an_error_with_its_reason()
    {
        var file = Path.Combine(folder.FullName, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        Assert.Equal(1, await RunAsync(file));

        Assert.Contains(file, error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] arguments) =>
        CustomResourceDefinitionCommand.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
}
