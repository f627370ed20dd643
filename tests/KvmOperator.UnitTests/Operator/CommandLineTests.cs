using Xunit;

namespace KvmOperator.UnitTests.Operator;

/// <summary>A mistyped word does not start an operator.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(false, "--logging:logLevel:default=Debug")]
    [InlineData(true, "generate")]
    [InlineData(true, "generate", "crds", "folder")]
    [InlineData(true, "generate-crds", "folder")]
    public void Only_settings_run_the_operator(bool isRefused, params string[] arguments) => Assert.Equal(isRefused, CommandLine.HasWord(arguments));
}
