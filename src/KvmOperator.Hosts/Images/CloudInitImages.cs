using System.Text;
using System.Text.Json;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes images for cloud-init with xorriso, which virt-install depends on.</summary>
internal sealed class CloudInitImages : ICloudInitImages
{
    /// <summary><c>$1</c> is the image; standard input has lines of a file's name and its content in base64.</summary>
    private const string Script =
        """
        target=$1
        [ ! -e "$target" ] || exit 0
        umask 077
        folder=$(mktemp -d) || exit 1
        trap 'rm -rf "$folder"' EXIT
        while read -r name content; do printf %s "$content" | base64 -d > "$folder/$name" || exit 1; done
        part=$target.kvm-operator-part
        mkdir -p -m 0755 -- "$(dirname "$target")" && rm -f -- "$part" || exit 1
        xorrisofs -quiet -output "$part" -volid cidata -joliet -rock "$folder" || exit 1
        user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
        [ -z "$user" ] || chown "$user:" -- "$part" || exit 1
        sync -- "$part" && mv -n -- "$part" "$target"
        """;

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(IHostShell host, string path, CancellationToken cancellationToken) =>
        (await host.RequireAsync(RemoteCommand.Script("[ ! -e \"$1\" ] || echo there", path), cancellationToken)).OutputText.Length > 0;

    /// <inheritdoc/>
    public async Task CreateAsync(IHostShell host, string path, CloudInitData data, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(Script, path).WithInput(Input(data)).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <summary>A line a file.</summary>
    internal static string Input(CloudInitData data) =>
        Line("meta-data", MetaData(data)) + Line("user-data", data.UserData) + (data.NetworkData is { } network ? Line("network-config", network) : string.Empty);

    /// <summary>Every text in quotes: a guest may be called 007, 1e3 or null, which YAML reads as something else.</summary>
    internal static string MetaData(CloudInitData data) =>
        $"instance-id: {JsonSerializer.Serialize(data.InstanceId)}\nlocal-hostname: {JsonSerializer.Serialize(data.HostName)}\n";

    private static string Line(string name, string content) => $"{name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(content))}\n";
}
