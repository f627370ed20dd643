using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>Cleans hosts by one script.</summary>
internal sealed class HostCleaning : IHostCleaning
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private static readonly string Script = HostScripts.Read("Fencing/clean-host.sh");

    /// <inheritdoc/>
    public async Task DestroyAsync(IHostShell host, CancellationToken cancellationToken) => await host.RequireAsync(Command("destroy", []), cancellationToken);

    /// <inheritdoc/>
    public async Task<string> CleanAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
    {
        var command = Command("clean", mountPaths);
        var result = await host.RequireAsync(command, cancellationToken);
        return result.OutputText.TrimEnd('\n').Split(' ') is ["boot", { Length: > 0 } boot] ? boot : throw new CommandFailedException(host.Name, command, result);
    }

    private static RemoteCommand Command(string verb, IReadOnlyList<string> mountPaths) =>
        RemoteCommand.Script(Script, [verb, OwnerMarker.XmlNamespace, .. mountPaths]) with { Deadline = Deadline, Label = $"clean-host {verb}" };
}
