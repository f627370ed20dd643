using System.Text.RegularExpressions;
using KvmOperator.Tests;
using Xunit;

namespace KvmOperator.UnitTests.Documents;

/// <summary>Whoever follows a link in the documents arrives somewhere.</summary>
public sealed partial class DocumentLinkTests
{
    public static TheoryData<string> Documents => new(
        Directory.GetFiles(Repository.Root, "*.md").Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file_and_a_heading_that_are_there(string document)
    {
        var path = Path.Combine(Repository.Root, document);

        Assert.All(Links(path), link =>
        {
            var parts = link.Split('#', 2);
            var target = parts[0].Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, parts[0]);
            Assert.True(Path.Exists(target), $"{document}: {link}");
            Assert.True(parts.Length == 1 || Anchors(target).Contains(parts[1], StringComparer.Ordinal), $"{document}: {link}");
        });
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    public void Every_document_is_found_from_the_readme(string readme)
    {
        var links = Links(Path.Combine(Repository.Root, readme)).Select(link => link.Split('#')[0]).ToList();

        Assert.All(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}"), document => Assert.Contains(document, links));
    }

    [Fact]
    public void Every_decision_is_found_from_their_index()
    {
        var folder = Path.Combine(Repository.Root, "docs", "adr");

        Assert.Empty(Directory.GetFiles(folder, "0*.md").Select(path => Path.GetFileName(path)).Except(Links(Path.Combine(folder, "README.md")), StringComparer.Ordinal));
    }

    private static IEnumerable<string> Links(string path) =>
        Link().Matches(File.ReadAllText(path)).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>The names by which headings are linked to: small letters, hyphens for spaces, no punctuation.</summary>
    private static IEnumerable<string> Anchors(string path) =>
        File.ReadLines(path).Where(line => line.StartsWith('#')).Select(line => Punctuation().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Punctuation();
}
