using System.Globalization;
using System.Text.Json;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes disks with qemu-img.</summary>
internal sealed class QemuImages(IHostJobs jobs) : IDiskImages
{
    /// <summary>How long a copy is waited for on the host, which notices the end at once: a small disk is there in a moment. Progress is said as often.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly string CreateScript = HostScripts.Read("Images/create-disks.sh");
    private static readonly string VetScript = HostScripts.Read("Images/vet-disk.sh");
    private static readonly string ReadScript = HostScripts.Read("Images/read-disks.sh");

    private const string GiveScript =
        """
        user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
        [ -n "$user" ] || { echo 'QEMU has no user here: libvirt is not installed' >&2; exit 1; }
        for file; do
          [ ! -e "$file" ] || [ "$(stat -c %U -- "$file")" = "$user" ] || chown "$user:" -- "$file" || exit 1
        done
        """;

    private const string ChainScript = "timeout \"$((10 * PACE))\" sh -c \"$1\" vet-disk chain \"$2\" '' '' ''";

    private const string DeleteScript = "rm -f -- \"$1\" \"$1.kvm-operator-part\"";

    private const string DeletePartsScript = "for file; do rm -f -- \"$file.kvm-operator-part\"; done";

    /// <summary>The status of a job that found something in its way before it wrote anything.</summary>
    private const int RefusedStatus = 3;

    /// <inheritdoc/>
    public async Task<DiskWork> CreateAsync(IHostShell host, JobName name, DiskScope scope, IReadOnlyList<DiskPlan> disks, CancellationToken cancellationToken)
    {
        var state = await jobs.StartAsync(
            host,
            name,
            [
                "/bin/sh", "-c", CreateScript, "kvm-operator", .. Arguments(scope), StoreReserve.Percent.ToString(CultureInfo.InvariantCulture), StoreReserve.MostBytes.ToString(CultureInfo.InvariantCulture),
                .. disks.SelectMany(Arguments),
            ],
            new JobOptions { Background = true, Patience = Patience },
            cancellationToken);
        return ParseWork(state);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DiskInfo?>> ReadAsync(IHostShell host, DiskScope scope, IReadOnlyList<DiskFile> disks, CancellationToken cancellationToken)
    {
        if (disks.Count == 0)
        {
            return [];
        }

        var command = RemoteCommand.Script(ReadScript, [.. Arguments(scope), .. disks.SelectMany(disk => new[] { disk.IsForeign ? "new" : "disk", disk.Path, disk.Format })])
            .WithDeadline(RemoteCommand.DefaultDeadline + (disks.Count * TimeSpan.FromSeconds(2)));
        var infos = Infos((await host.RequireAsync(command, cancellationToken)).OutputText);
        return [.. disks.Select((disk, index) => infos.ElementAtOrDefault(index) is { Text.Length: > 0 } info ? (info.IsRefusal ? Refused(disk, info.Text) : ParseInfo(info.Text)) : null)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken)
    {
        const string Mark = "backing ";
        var output = (await host.RequireAsync(RemoteCommand.Script(ChainScript, VetScript, path), cancellationToken)).OutputText;
        return [.. output.Split('\n').Where(line => line.StartsWith(Mark, StringComparison.Ordinal)).Select(line => line[Mark.Length..])];
    }

    /// <inheritdoc/>
    public async Task GrowAsync(IHostShell host, string path, string format, long bytes, CancellationToken cancellationToken) =>
        await host.RequireAsync(
            RemoteCommand.Of("qemu-img", "resize", "-q", "-f", format, "--", path, bytes.ToString(CultureInfo.InvariantCulture)).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task GiveToQemuAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(GiveScript, [.. paths]), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(IHostShell host, string path, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(DeleteScript, path), cancellationToken);

    /// <inheritdoc/>
    public async Task DeletePartsAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(DeletePartsScript, [.. paths]), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script("rmdir -- \"$1\" 2>/dev/null; true", path), cancellationToken);

    /// <summary>What a job said: at which disk it is, what qemu-img says of it again and again on one line, such as <c>    (12.34/100%)</c>, and what is known of the disks at the end.</summary>
    internal static DiskWork ParseWork(JobState state)
    {
        var begun = state.Output.LastIndexOf("disk ", StringComparison.Ordinal) is var at and >= 0 && (at == 0 || state.Output[at - 1] is '\n' or '\r') ? state.Output[(at + 5)..] : null;
        var open = begun?.LastIndexOf('(') ?? -1;
        var end = open < 0 ? -1 : begun!.IndexOf('.', open);
        return new DiskWork(state.Phase, state.Phase == JobPhase.Failed ? LastLine(state.Error) : string.Empty)
        {
            IsRefused = state is { Phase: JobPhase.Failed, ExitStatus: RefusedStatus },
            Path = begun?.Split('\n')[0],
            Percent = end > open && int.TryParse(begun![(open + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out var percent) ? percent : null,
            Made = state.Phase == JobPhase.Succeeded ? Infos(state.Output).Where(info => info.Text.Length > 0).ToDictionary(info => info.Path, info => ParseInfo(info.Text), StringComparer.Ordinal) : new Dictionary<string, DiskInfo>(StringComparer.Ordinal),
        };
    }

    internal static DiskInfo ParseInfo(string json)
    {
        using var document = JsonDocument.Parse(json);
        var info = document.RootElement;
        return new DiskInfo(
            info.GetProperty("format").GetString()!,
            info.GetProperty("virtual-size").GetInt64(),
            info.TryGetProperty("actual-size", out var allocated) ? allocated.GetInt64() : 0,
            info.TryGetProperty("backing-filename", out var backing) ? backing.GetString() : null);
    }

    private static DiskInfo Refused(DiskFile disk, string why) => new(disk.Format, 0, 0, null) { Refusal = why.Trim() };

    /// <summary>What the lines say that begin with <c>info</c> or <c>refused</c>.</summary>
    private static List<(string Path, string Text, bool IsRefusal)> Infos(string output) =>
    [
        .. output.Split('\n').Select(line => line.Split(' ', 3)).Where(words => words is ["info" or "refused", _, _])
            .Select(words => (words[2], System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(words[1])), words[0] == "refused")),
    ];

    /// <summary>What each script begins with. The paths of stores have no spaces.</summary>
    private static IEnumerable<string> Arguments(DiskScope scope) => [scope.Namespace, string.Join(' ', scope.Stores), VetScript];

    private static IEnumerable<string> Arguments(DiskPlan disk)
    {
        var (kind, source, sourceFormat) = disk.Source switch
        {
            DiskSource.Copy copy => ("copy", copy.Path, copy.Format),
            DiskSource.Linked linked => ("linked", linked.Path, linked.Format),
            _ => ("empty", string.Empty, string.Empty),
        };
        return [disk.Path, disk.Format, disk.SizeBytes.ToString(CultureInfo.InvariantCulture), kind, source, sourceFormat];
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();
}
