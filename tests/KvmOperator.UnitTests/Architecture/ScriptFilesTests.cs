using System.Text.RegularExpressions;
using Xunit;

namespace KvmOperator.UnitTests.Architecture;

/// <summary>What runs on a host lies in files, where shellcheck sees it (<c>tests/run unit</c>) and a reader finds what it takes and what it prints.</summary>
public sealed partial class ScriptFilesTests
{
    /// <summary>A few lines may stand in the class that sends them.</summary>
    private const int FewLines = 7;

    private static string Folder => Path.Combine(Repository.Root, "src", "KvmOperator.Hosts");

    [Fact]
    public void A_script_of_more_than_a_few_lines_is_a_file()
    {
        var texts = Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => RawText().Matches(File.ReadAllText(file)).Select(match => (File: Path.GetRelativePath(Folder, file), Lines: match.Groups["text"].Value.Split('\n'))))
            .Where(text => text.Lines.Length > FewLines);

        // Units of systemd are written, and run nowhere.
        Assert.Empty(texts.Where(text => !text.Lines.Any(line => line.Trim() == "[Unit]")).Select(text => $"{text.File}: {text.Lines[0].Trim()}"));
    }

    [Fact]
    public void A_script_says_in_its_head_what_it_is_for()
    {
        var scripts = Directory.GetFiles(Folder, "*.sh", SearchOption.AllDirectories);

        Assert.NotEmpty(scripts);
        Assert.Empty(scripts.Where(file => File.ReadLines(file).Take(2).ToList() is not ([['#', ..], ['#', ' ', ..]])).Select(file => Path.GetRelativePath(Folder, file)));
    }

    [GeneratedRegex("\"\"\"\\n(?<text>.*?)\\n *\"\"\"", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex RawText();
}
