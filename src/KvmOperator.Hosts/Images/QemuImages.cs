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

    /// <summary><c>$1</c> target, <c>$2</c> format, <c>$3</c> size in bytes, <c>$4</c> kind, <c>$5</c> source, <c>$6</c> the source's format.</summary>
    private const string CreateScript =
        """
        target=$1 format=$2 size=$3 kind=$4 source=$5 source_format=$6
        [ ! -e "$target" ] || exit 0
        part=$target.kvm-operator-part
        mkdir -p -- "$(dirname "$target")" && rm -f -- "$part" || exit 1
        set -- ${source_format:+-f "$source_format"}
        case $kind in
          empty) qemu-img create -q -f "$format" -- "$part" "$size" || exit 1 ;;
          copy) qemu-img convert -p -W -m 8 -t none "$@" -O "$format" -- "$source" "$part" || qemu-img convert -p "$@" -O "$format" -- "$source" "$part" || exit 1 ;;
          linked)
            [ -n "$source_format" ] || source_format=$(qemu-img info -U --output=json -- "$source" | sed -n 's/^    "format": *"\([^"]*\)".*/\1/p' | head -n 1)
            qemu-img create -q -f qcow2 -b "$source" -F "$source_format" -- "$part" || exit 1 ;;
        esac
        if [ "$size" -gt 0 ] && [ "$kind" != empty ]; then
          now=$(qemu-img info -f "$format" --output=json -- "$part" | sed -n 's/.*"virtual-size": *\([0-9]*\).*/\1/p' | head -n 1)
          if [ "$size" -lt "$now" ]; then echo "the source is larger ($now bytes) than the disk may be ($size bytes)" >&2; rm -f -- "$part"; exit 1; fi
          [ "$size" -eq "$now" ] || qemu-img resize -q -f "$format" -- "$part" "$size" || exit 1
        fi
        user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
        [ -z "$user" ] || chown "$user:" -- "$part" || exit 1
        chmod 0600 -- "$part" && sync -- "$part" && mv -n -- "$part" "$target"
        """;

    private const string GiveScript =
        """
        user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
        [ -n "$user" ] || { echo 'QEMU has no user here: libvirt is not installed' >&2; exit 1; }
        for file; do
          [ ! -e "$file" ] || [ "$(stat -c %U -- "$file")" = "$user" ] || chown "$user:" -- "$file" || exit 1
        done
        """;

    /// <summary>On a store that hangs, also the question whether a file is there has no end.</summary>
    private const string InfoScript =
        """
        timeout "$((10 * PACE))" test -e "$1"
        case $? in 0) ;; 1) exit 0 ;; *) echo "$1 does not answer: its store hangs" >&2; exit 1 ;; esac
        exec timeout "$((10 * PACE))" qemu-img info -U -f "$2" --output=json -- "$1"
        """;

    private const string ChainScript = "timeout \"$((10 * PACE))\" qemu-img info -U -f qcow2 --backing-chain --output=json -- \"$1\" || [ $? -eq 1 ]";

    private const string DeleteScript = "rm -f -- \"$1\" \"$1.kvm-operator-part\"";

    /// <inheritdoc/>
    public async Task<JobState> CreateAsync(IHostShell host, JobName name, DiskPlan disk, CancellationToken cancellationToken)
    {
        var (kind, source, sourceFormat) = disk.Source switch
        {
            DiskSource.Copy copy => ("copy", copy.Path, copy.Format),
            DiskSource.Linked linked => ("linked", linked.Path, linked.Format),
            _ => ("empty", string.Empty, string.Empty),
        };
        var size = disk.SizeBytes.ToString(CultureInfo.InvariantCulture);
        return await jobs.StartAsync(
            host,
            name,
            ["/bin/sh", "-c", CreateScript, "kvm-operator", disk.Path, disk.Format, size, kind, source, sourceFormat],
            new JobOptions { Background = true, Patience = Patience },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DiskInfo?> ReadAsync(IHostShell host, string path, string format, CancellationToken cancellationToken)
    {
        var output = (await host.RequireAsync(RemoteCommand.Script(InfoScript, path, format), cancellationToken)).OutputText;
        return output.Length == 0 ? null : ParseInfo(output);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken)
    {
        var output = (await host.RequireAsync(RemoteCommand.Script(ChainScript, path), cancellationToken)).OutputText;
        if (output.Length == 0)
        {
            return [];
        }

        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement.EnumerateArray().Skip(1).Select(image => image.GetProperty("filename").GetString()!)];
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
    public async Task DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script("rmdir -- \"$1\" 2>/dev/null; true", path), cancellationToken);

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
}
