using System.Text;
using System.Text.Json;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes images for cloud-init with xorriso, which virt-install depends on.</summary>
internal sealed class CloudInitImages : ICloudInitImages
{
    private static readonly string Script = HostScripts.Read("Images/cloud-init.sh");

    /// <inheritdoc/>
    public async Task<string?> ReadMarkAsync(IHostShell host, string path, CancellationToken cancellationToken) =>
        (await host.RequireAsync(RemoteCommand.Script(Script, "read", path), cancellationToken)).OutputText is { Length: > 0 } line ? line.Trim() : null;

    /// <inheritdoc/>
    public async Task CreateAsync(IHostShell host, string path, CloudInitData data, bool isReplaced, CancellationToken cancellationToken) =>
        await host.RequireAsync(
            RemoteCommand.Script(Script, "make", path, data.Mark, isReplaced ? "replace" : "keep").WithInput(Input(data)).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <summary>A line a file.</summary>
    internal static string Input(CloudInitData data) =>
        Line("meta-data", MetaData(data)) + Line("user-data", data.UserData) + (data.NetworkData is { } network ? Line("network-config", network) : string.Empty);

    /// <summary>Every text in quotes: a guest may be called 007, 1e3 or null, which YAML reads as something else.</summary>
    internal static string MetaData(CloudInitData data) =>
        $"instance-id: {JsonSerializer.Serialize(data.InstanceId)}\nlocal-hostname: {JsonSerializer.Serialize(data.HostName)}\n";

    private static string Line(string name, string content) => $"{name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(content))}\n";
}
