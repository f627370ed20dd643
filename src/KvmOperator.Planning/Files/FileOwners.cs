namespace KvmOperator.Planning.Files;

/// <summary>
/// Says whose a file of a store is: the one place that is asked before a file is made, a guest is started, or a disk is deleted. Pure.
/// Of two who want a file for themselves it is his who has it, else the older one's: both sides are given the same answer, in whichever order they ask.
/// </summary>
public static class FileOwners
{
    /// <summary>Why a guest may not have what it names, and what to do; null when it may.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="others">Everybody else who may name the same files, or in whose folders they lie.</param>
    public static string? Refuse(FileUser guest, IReadOnlyCollection<FileUser> others) =>
        guest.Claims.Select(claim => RefuseTwice(guest, claim) ?? Refuse(guest, claim, others)).FirstOrDefault(refusal => refusal is not null);

    /// <summary>Who else names a file, and as what. A copy that is not made yet counts: it would be made from nothing.</summary>
    public static IReadOnlyList<(FileUser User, FileClaim Claim)> UsersOf(string file, IEnumerable<FileUser> others) =>
        [.. others.SelectMany(other => other.Claims.Where(claim => claim.File == file).Select(claim => (other, claim)))];

    private static string? RefuseTwice(FileUser guest, FileClaim claim) =>
        claim.IsExclusive && guest.Claims.FirstOrDefault(other => other.IsExclusive && other.File == claim.File && other != claim) is { } twin
            ? $"{Of(claim)}{claim.Shown} is {(twin.Disk.Length > 0 ? $"its disk {twin.Disk}" : "its data for cloud-init")}, too: name each file once"
            : null;

    private static string? Refuse(FileUser guest, FileClaim claim, IReadOnlyCollection<FileUser> others) => claim.Use switch
    {
        FileUse.Image => RefuseFolder(claim, others),
        FileUse.Base => claim.HasIt ? null : RefuseFolder(claim, others) ?? RefuseChangingBase(claim, others),
        _ => RefuseTaken(guest, claim, others),
    };

    /// <summary>A whole copy is one moment's content; what lies in a guest's folder may change at any moment.</summary>
    private static string? RefuseFolder(FileClaim claim, IReadOnlyCollection<FileUser> others) =>
        others.FirstOrDefault(other => IsInFolderOf(claim, other)) is { } keeper
            ? $"{Of(claim)}{claim.Shown} lies in the folder of the guest {keeper.Name}, which uses it: clone its disk (source.clone), or name another file"
            : null;

    private static string? RefuseChangingBase(FileClaim claim, IReadOnlyCollection<FileUser> others) =>
        UsersOf(claim.File, others).FirstOrDefault(pair => pair.Claim.IsExclusive && pair.User.Writes) is { User: { } writer }
            ? $"{Of(claim)}the image {claim.Shown} is a disk of {writer.Name}, which writes to it: copy it (sharing: Full), or name another image"
            : null;

    private static string? RefuseTaken(FileUser guest, FileClaim claim, IReadOnlyCollection<FileUser> others)
    {
        var rivals = UsersOf(claim.File, others).Where(pair => pair.Claim.IsExclusive).Select(pair => (pair.User, Rank: Rank(pair.User, pair.Claim.HasIt)))
            .Concat(others.Where(other => IsInFolderOf(claim, other)).Select(keeper => (User: keeper, Rank: Rank(keeper, hasIt: false))));
        var first = rivals.OrderBy(rival => rival.Rank).Select(rival => rival.User).FirstOrDefault();
        if (first is null || rivals.Min(rival => rival.Rank).CompareTo(Rank(guest, claim.HasIt)) >= 0)
        {
            return null;
        }

        return claim.Use switch
        {
            _ when first.IsStranger => $"{Of(claim)}the file {claim.Shown} is in use by {first.Name}, which is no guest of this operator: end that, or name another file",
            FileUse.Existing when IsInFolderOf(claim, first) =>
                $"{Of(claim)}{claim.Shown} lies in the folder of the guest {first.Name}, which uses it: clone its disk (source.clone), or name another file",
            FileUse.Existing => $"{Of(claim)}the file {claim.Shown} is a disk of {first.Name} already: name another file, or delete that guest",
            _ => $"{Of(claim)}the file {claim.Shown}, where it would be, is a disk of {first.Name} by now: delete that guest, or move the file and name its new place there, or choose another name for this guest",
        };
    }

    private static bool IsInFolderOf(FileClaim claim, FileUser other) => other.Folders.Any(folder => claim.File.StartsWith($"{folder}/", StringComparison.Ordinal));

    /// <summary>Who has the file comes first, then who asked first.</summary>
    private static (bool Waits, bool IsOurs, DateTimeOffset Since, string Name) Rank(FileUser user, bool hasIt) => (!hasIt, !user.IsStranger, user.Since, user.Name);

    private static string Of(FileClaim claim) => claim.Disk.Length > 0 ? $"disk {claim.Disk}: " : string.Empty;
}
