using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Nfs;

/// <summary>Mounts stores with hard mounts in units of their own.</summary>
internal sealed class NfsClient : INfsClient
{
    private const string Mark = "# Written by kvm-operator";

    private static readonly string[] Refused = ["soft", "softerr", "softreval", "nolock", "local_lock"];

    private static readonly string Script = HostScripts.Read("Nfs/nfs-client.sh");

    private static readonly string AccessScript = HostScripts.Read("Nfs/store-access.sh");

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(IHostShell host, CancellationToken cancellationToken) =>
        (await host.ReadAsync(RemoteCommand.Script(Script, "list"), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(Script, Arguments("check", store)).WithInput(Unit(store));
        return StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }

    /// <inheritdoc/>
    public async Task MountAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken) => await host.RequireAsync(
        RemoteCommand.Script(Script, Arguments("mount", store)).WithInput(Unit(store) + "\n").WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task UnmountAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(Script, "unmount", mountPath, "staying").WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task LeaveAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(Script, "unmount", mountPath, "leaving").WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreAccess> TestAccessAsync(IHostShell host, string mountPath, string? knownId, CancellationToken cancellationToken)
    {
        try
        {
            var result = await host.RunAsync(RemoteCommand.Script(AccessScript, mountPath, knownId ?? string.Empty).WithDeadline(TimeSpan.FromSeconds(20)), cancellationToken);
            return result.Succeeded
                ? Access(result.OutputText.Trim().Split('\n'))
                : new StoreAccess(Works: false, string.Empty, result.ErrorSummary);
        }
        catch (DeadlineExceededException)
        {
            return new StoreAccess(Works: false, string.Empty, "the store does not answer");
        }
    }

    /// <summary>The mount unit. A host that serves the store itself mounts it after its server was started, and lets go of it before that ends: systemd knows the order only of what is in fstab.</summary>
    internal static string Unit(StoreMount store)
    {
        var options = store.Options.Select(PlainWordOption).Where(option => !Refused.Contains(option.Split('=')[0], StringComparer.Ordinal));
        return $"""
            {Mark}
            [Unit]
            Description=Store of virtual machines
            Wants=network-online.target
            After=network-online.target nfs-server.service
            Before=libvirtd.service virtqemud.service

            [Mount]
            What={Source(store)}
            Where={PlainWord.Require(store.MountPath)}
            Type=nfs
            Options={string.Join(',', [$"vers={PlainWord.Require(store.NfsVersion)}", "hard", "_netdev", .. options])}
            TimeoutSec=40

            [Install]
            WantedBy=remote-fs.target
            """;
    }

    private static StoreAccess Access(string[] words) => new(Works: true, words[0], string.Empty) { QemuUser = words.ElementAtOrDefault(1) ?? string.Empty };

    private static string[] Arguments(string verb, StoreMount store) => [verb, store.MountPath, NetworkAddress.Canonical(PlainWord.Require(store.Server)), PlainWord.Require(store.ExportPath)];

    private static string Source(StoreMount store)
    {
        var server = NetworkAddress.Canonical(PlainWord.Require(store.Server));
        return $"{(server.Contains(':', StringComparison.Ordinal) ? $"[{server}]" : server)}:{PlainWord.Require(store.ExportPath)}";
    }

    private static string PlainWordOption(string option)
    {
        var parts = option.Split('=', 2);
        return string.Join('=', parts.Select(PlainWord.Require));
    }
}
