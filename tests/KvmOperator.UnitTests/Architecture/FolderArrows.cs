using System.Text.RegularExpressions;

namespace KvmOperator.UnitTests.Architecture;

/// <summary>
/// Reads from source which folders of a project use which: by the namespaces that a file imports, and by the types of another folder that its code names with their namespace. Comments count for
/// nothing, imports for them do. Source is read because a compiler leaves no trace of a constant.
/// </summary>
internal static partial class FolderArrows
{
    /// <summary>The files of a project that lie in a folder, each by its path from there and its text.</summary>
    public static IReadOnlyList<(string Path, string Text)> FilesOf(string project)
    {
        var root = Path.Combine(Repository.Root, "src", project);
        return
        [
            .. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(file => (Path: Path.GetRelativePath(root, file).Replace('\\', '/'), Text: File.ReadAllText(file)))
                .Where(file => file.Path.Contains('/', StringComparison.Ordinal) && Folder(file.Path) is not ("obj" or "bin")),
        ];
    }

    /// <summary>The arrows between the folders right under a project, each with a file that draws it.</summary>
    /// <param name="project">The project's root namespace.</param>
    /// <param name="files">Its files by their paths from the project's folder.</param>
    public static IReadOnlyList<FolderArrow> Read(string project, IReadOnlyList<(string Path, string Text)> files)
    {
        var types = files
            .SelectMany(file => TypeDeclaration().Matches(file.Text).Select(match => (Folder: Folder(file.Path), Type: match.Groups["name"].Value)))
            .ToLookup(pair => pair.Folder, pair => pair.Type, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var names = new Regex($@"(?<before>\b{Regex.Escape(project)}\.|(?<![\w.]))(?<folder>{string.Join('|', types.Keys)})\b(?:\.(?<type>\w+))?", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));
        return
        [
            .. files.SelectMany(file => names.Matches(Comment().Replace(file.Text, string.Empty))
                    .Where(match => match.Groups["before"].Length > 0 || types[match.Groups["folder"].Value].Contains(match.Groups["type"].Value))
                    .Select(match => new FolderArrow(Folder(file.Path), match.Groups["folder"].Value, file.Path)))
                .Where(arrow => arrow.From != arrow.To)
                .DistinctBy(arrow => (arrow.From, arrow.To, arrow.File))
                .OrderBy(arrow => arrow.From, StringComparer.Ordinal)
                .ThenBy(arrow => arrow.To, StringComparer.Ordinal)
                .ThenBy(arrow => arrow.File, StringComparer.Ordinal),
        ];
    }

    /// <summary>A way from a folder back to itself; null when there is none.</summary>
    public static string? Cycle(IEnumerable<FolderArrow> arrows)
    {
        var uses = arrows.ToLookup(arrow => arrow.From, arrow => arrow.To, StringComparer.Ordinal);
        return uses.Select(folder => Walk([folder.Key])).FirstOrDefault(cycle => cycle is not null);

        string? Walk(IReadOnlyList<string> way) => uses[way[^1]].Distinct(StringComparer.Ordinal)
            .Select(next => next == way[0] ? string.Join(" → ", way.Append(next)) : way.Contains(next, StringComparer.Ordinal) ? null : Walk([.. way, next]))
            .FirstOrDefault(cycle => cycle is not null);
    }

    private static string Folder(string path) => path.Split('/')[0];

    [GeneratedRegex(@"^(public|internal)\s[^;{(=]*?\b(class|record struct|record|struct|interface|enum)\s+(?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"//.*$|/\*.*?\*/", RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Comment();
}
