using System.Reflection;
using KvmOperator.Api;
using KvmOperator.CustomResourceDefinitions;
using Xunit;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>Docstrings become plain text.</summary>
public sealed class XmlDocumentationTests
{
    private static readonly PropertyInfo Title = typeof(SampleSpec).GetProperty(nameof(SampleSpec.Title))!;

    [Theory]
    [InlineData("two\n     lines", "two lines")]
    [InlineData("see <see cref=\"T:A.B.KvmHost\"/>.", "see KvmHost.")]
    [InlineData("as <see cref=\"P:A.B.Spec.TargetHostRef\"/> says", "as targetHostRef says")]
    [InlineData("a call of <see cref=\"M:A.B.Run(System.String)\"/>", "a call of Run")]
    [InlineData("a <see cref=\"T:A.B\">word</see>", "a word")]
    [InlineData("<c>true</c> or <see langword=\"null\"/>", "true or null")]
    [InlineData("one<para>two</para>three", "one two three")]
    [InlineData("a &lt; b", "a < b")]
    public void A_summary_is_flattened(string summary, string expected) => Assert.Equal(expected, Of(summary).SummaryOf(Title));

    [Theory]
    [InlineData("")]
    [InlineData("  \n ")]
    public void An_empty_summary_is_none(string summary) => Assert.Null(Of(summary).SummaryOf(Title));

    [Fact]
    public void What_the_compiler_wrote_beside_an_assembly_is_found() =>
        Assert.NotNull(XmlDocumentation.Of(typeof(ApiGroup).Assembly).SummaryOf(typeof(ApiGroup)));

    [Fact]
    public void An_assembly_without_documentation_is_an_error_that_says_what_to_do()
    {
        var error = Assert.Throws<FileNotFoundException>(() => XmlDocumentation.Of(typeof(XmlDocumentationTests).Assembly));

        Assert.Contains("GenerateDocumentationFile", error.Message, StringComparison.Ordinal);
    }

    private static XmlDocumentation Of(string summary) =>
        XmlDocumentation.Read(new StringReader(
            $"""<doc><members><member name="P:{Title.DeclaringType!.FullName}.{Title.Name}"><summary>{summary}</summary></member></members></doc>"""));
}
