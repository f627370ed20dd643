using System.Text.RegularExpressions;
using System.Text;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>
/// Finds the files that a .vmx or a descriptor names: by path, by the path's bytes in the file's own encoding, by differently composed letters, without case, and at last by the name alone, which is normal for absolute paths of
/// another machine. Only files of the listing are ever found, so nothing that a file says leads out of the source.
/// </summary>
public sealed partial class FileFinder
{
    private readonly ILookup<string, SourceFile> _byPath;
    private readonly ILookup<string, SourceFile> _byBytes;
    private readonly ILookup<string, SourceFile> _byLetters;
    private readonly ILookup<string, SourceFile> _byCase;
    private readonly ILookup<string, SourceFile> _byName;

    /// <summary>Prepares to look in a listing.</summary>
    public FileFinder(SourceFolder folder)
    {
        var files = folder.Files.Where(file => file.Kind != SourceFileKind.Folder && !file.IsDebris).ToList();
        _byPath = files.ToLookup(file => file.Path, StringComparer.Ordinal);
        _byBytes = files.ToLookup(file => Encoding.Latin1.GetString(file.RawPath.Span), StringComparer.Ordinal);
        _byLetters = files.ToLookup(file => NameFolding.Decompose(file.Path), StringComparer.Ordinal);
        _byCase = files.ToLookup(file => NameFolding.WithoutCase(file.Path), StringComparer.Ordinal);
        _byName = files.ToLookup(file => NameFolding.WithoutCase(file.Name), StringComparer.Ordinal);
    }

    /// <summary>Looks for a file.</summary>
    /// <param name="name">What the other file says.</param>
    /// <param name="folder">The folder of the other file below the source's, to which a relative path belongs.</param>
    /// <param name="encoding">The encoding of the other file.</param>
    public FindResult Find(string name, string folder, Encoding encoding)
    {
        if (name.Length == 0)
        {
            return new FindResult(FindOutcome.Missing, null, FoundBy.Path, "no name is given");
        }

        if (Address().IsMatch(name))
        {
            return Outside($"{Shown.Of(name)} is an address and no file of the folder");
        }

        if (VmdkDescriptor.IsDeviceName(name))
        {
            return Outside($"{Shown.Of(name)} is a device and no file of the folder");
        }

        var isWindows = DrivePath().IsMatch(name) || name.StartsWith(@"\\", StringComparison.Ordinal);
        var isAbsolute = isWindows || name.StartsWith('/') || DatastorePath().IsMatch(name);
        if (isAbsolute)
        {
            return ByName(name, folder, encoding, $"{Shown.Of(name)} lies outside of the folder, and the folder has no file of that name");
        }

        if (ByPath(name, folder, encoding) is { } found)
        {
            return found;
        }

        // A host's own backslash may be a part of a name; only a path that does not exist is read as Windows's.
        var slashes = name.Replace('\\', '/');
        if (slashes != name && ByPath(slashes, folder, encoding) is { } windows)
        {
            return windows;
        }

        return Resolve(slashes, folder) is null
            ? Outside($"{Shown.Of(name)} leads out of the folder")
            : ByName(slashes, folder, encoding, null);
    }

    private FindResult? ByPath(string name, string folder, Encoding encoding)
    {
        if (Resolve(name, folder) is not { } path)
        {
            return null;
        }

        if (Take(_byPath[path], FoundBy.Path, name) is { } exact)
        {
            return exact;
        }

        if (ForeignEncoding.Encode(encoding, path) is { } bytes && Take(_byBytes[Encoding.Latin1.GetString(bytes)], FoundBy.RawBytes, name) is { } raw)
        {
            return raw;
        }

        return Take(_byLetters[NameFolding.Decompose(path)], FoundBy.Normalization, name) ?? Take(_byCase[NameFolding.WithoutCase(path)], FoundBy.Case, name);
    }

    private FindResult ByName(string name, string folder, Encoding encoding, string? outside)
    {
        var baseName = name[(name.LastIndexOfAny(['/', '\\', ']']) + 1)..].Trim();
        if (baseName.Length > 0 && baseName is not ("." or ".."))
        {
            if (ByPath(baseName, folder, encoding) is { } beside)
            {
                return beside.Outcome == FindOutcome.Found ? beside with { By = FoundBy.BaseName } : beside;
            }

            if (Take(_byName[NameFolding.WithoutCase(baseName)], FoundBy.BaseName, name) is { } anywhere)
            {
                return anywhere;
            }
        }

        return outside is null
            ? new FindResult(FindOutcome.Missing, null, FoundBy.Path, $"{Shown.Of(name)} is not in the folder")
            : Outside(outside);
    }

    private static FindResult? Take(IEnumerable<SourceFile> files, FoundBy by, string name)
    {
        var all = files.Take(9).ToList();
        return all switch
        {
            [] => null,
            [{ Kind: SourceFileKind.File } file] => new FindResult(FindOutcome.Found, file, by, string.Empty),
            [{ Kind: SourceFileKind.OutsideLink }] => Outside($"{Shown.Of(name)} is a link that leads out of the folder"),
            [_] => Outside($"{Shown.Of(name)} is no plain file"),
            _ => new FindResult(FindOutcome.Several, null, by, $"{Shown.Of(name)} may be any of {Shown.List(all.Select(file => file.Path))}"),
        };
    }

    /// <summary>A relative path below the source's folder, null when it leads out of it.</summary>
    private static string? Resolve(string name, string folder)
    {
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return parts.Count == 0 ? null : string.Join('/', parts);
    }

    private static FindResult Outside(string reason) => new(FindOutcome.Outside, null, FoundBy.Path, reason);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+://", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"^[A-Za-z]:[\\/]", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DrivePath();

    /// <summary><c>[datastore1] folder/disk.vmdk</c>, as vCenter writes it.</summary>
    [GeneratedRegex(@"^\[[^\]/]+\] ", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DatastorePath();
}
