using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Nfs;

/// <summary>Configures the kernel's NFS server.</summary>
internal sealed class NfsServer(PackageManager packages, StepJobs jobs, TimeProvider clock) : INfsServer
{
    private const string FenceFolder = "/etc/kvm-operator/fenced";

    private static readonly PackageSet Server = new("nfsserver", ["nfs-kernel-server"], ["nfs-utils"]);

    private const string ClientsScript =
        """
        for folder in /proc/fs/nfsd/clients/*/; do
          [ -r "$folder/info" ] || continue
          echo "client: $(basename "$folder")"
          cat "$folder/info" 2>/dev/null
        done
        true
        """;

    private static readonly string FenceScript = $"fences={FenceFolder}\n{HostScripts.Read("Nfs/fence-clients.sh")}";

    private const string UnfenceScript = $"for address; do rm -f \"{FenceFolder}/$address\" || exit 1; done";

    private const string FencedScript = $"ls -1 {FenceFolder} 2>/dev/null; true";

    /// <summary>Everything is read again this often; in between, as long as nothing that is read has changed, the server answers what it answered before, without starting a process.</summary>
    private static readonly TimeSpan FullInterval = TimeSpan.FromMinutes(5);

    private static readonly string Script = FirewalldRules.Functions + "\n" + HostScripts.Read("Nfs/nfs-server.sh");

    private readonly ConcurrentDictionary<(string Server, string Export), long> read = new();

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken)
    {
        var key = (server.Name, export.Name);
        var depth = read.TryGetValue(key, out var last) && clock.GetElapsedTime(last) < FullInterval ? "brief" : "full";
        var command = RemoteCommand.Script(Script, ["check", depth, .. Arguments(export)]).WithDeadline(TimeSpan.FromMinutes(1));
        var output = (await server.RequireAsync(command, cancellationToken)).OutputText;
        if (output.StartsWith("missing", StringComparison.Ordinal))
        {
            var installed = await packages.CheckAsync(server, Server, mayInstall: true, cancellationToken);
            return installed.IsReady ? new StepState(StepStatus.Failed, "the NFS server's packages are installed, and exportfs is missing: see on the machine what (command -v exportfs)") : installed;
        }

        if (output.StartsWith("full", StringComparison.Ordinal))
        {
            read[key] = clock.GetTimestamp();
        }

        return StepState.Parse(output);
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken)
    {
        var installed = await packages.ApplyAsync(server, Server, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        // A server in use takes its time to start again, and a firewall to take its rules.
        return await jobs.RunAsync(server, $"nfs.{export.Name}", Script, ["apply", "full", .. Arguments(export)], cancellationToken)
            ? await CheckAsync(server, export, cancellationToken)
            : new StepState(StepStatus.InProgress, "the NFS server is being set up");
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell server, string name, CancellationToken cancellationToken) =>
        await server.RequireAsync(RemoteCommand.Script(Script, "remove", "full", ExportFile(name)).WithDeadline(TimeSpan.FromMinutes(3)), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NfsClientLease>> ReadClientsAsync(IHostShell server, CancellationToken cancellationToken) =>
        NfsClientParser.Parse((await server.RequireAsync(RemoteCommand.Script(ClientsScript), cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task FenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        await server.RequireAsync(RemoteCommand.Script(FenceScript, Addresses(addresses)), cancellationToken);

    /// <inheritdoc/>
    public async Task UnfenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        await server.RequireAsync(RemoteCommand.Script(UnfenceScript, Addresses(addresses)), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadFencedAsync(IHostShell server, CancellationToken cancellationToken) =>
        (await server.ReadAsync(RemoteCommand.Script(FencedScript), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The scripts' arguments.</summary>
    internal static IReadOnlyList<string> Arguments(StoreExport export) =>
    [
        ExportFile(export.Name),
        ((int)export.Lease.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        PlainWord.Require(export.Path),
        string.Join(',', export.Options.Select(option => string.Join('=', option.Split('=', 2).Select(PlainWord.Require)))),
        export.IsVersion3 ? "3" : "4",
    .. export.Clients.Select(PlainWord.Require).Select(NetworkAddress.Canonical).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private static string ExportFile(string name) => $"/etc/exports.d/kvm-operator-{PlainWord.Require(name).Replace('/', '-')}.exports";

    /// <summary>An address names a file of the fence: it must be an address and nothing else.</summary>
    private static List<string> Addresses(IReadOnlyList<string> addresses) =>
        addresses.Count == 0
            ? throw new ArgumentException("Nobody to fence.", nameof(addresses))
            : [.. addresses.Select(text => IPAddress.TryParse(text, out var address) ? address.ToString() : throw new ArgumentException($"Not an address: \"{text}\".", nameof(addresses)))];
}
