using System.Globalization;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Kept;

/// <summary>Keeps guests by one script.</summary>
internal sealed class KeptGuests : IKeptGuests
{
    private static readonly string Script = HostScripts.Read("Kept/kept-guest.sh");

    /// <inheritdoc/>
    public async Task<KeptGuest?> ReadAsync(IHostShell host, string folder, CancellationToken cancellationToken) =>
        Parse((await host.RequireAsync(Command("read", folder), cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task KeepAsync(IHostShell host, string folder, KeptDefinition definition, TpmUse tpm, CancellationToken cancellationToken) => await host.RequireAsync(
        Command("keep", folder, definition.Uuid.ToString(), tpm.ToString().ToLowerInvariant()).WithInput(definition.Xml), cancellationToken);

    /// <inheritdoc/>
    public async Task RestoreTpmAsync(IHostShell host, string folder, Guid domain, CancellationToken cancellationToken) =>
        await host.RequireAsync(Command("restore", folder, domain.ToString()), cancellationToken);

    /// <inheritdoc/>
    public async Task TakeVariablesAsync(IHostShell host, string from, string to, CancellationToken cancellationToken) =>
        await host.RequireAsync(Command("variables", to, from), cancellationToken);

    /// <inheritdoc/>
    public async Task RemoveLeftVariablesAsync(IHostShell host, string from, string to, CancellationToken cancellationToken) =>
        await host.RequireAsync(Command("left", to, from), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(IHostShell host, string folder, CancellationToken cancellationToken) => await host.RequireAsync(Command("delete", folder), cancellationToken);

    /// <inheritdoc/>
    public async Task SendTpmAsync(IHostShell source, IHostShell target, Guid domain, CancellationToken cancellationToken)
    {
        if ((await source.RequireAsync(Command("send", domain.ToString()), cancellationToken)).OutputText is { Length: > 0 } state)
        {
            await target.RequireAsync(Command("take", domain.ToString()).WithInput(state), cancellationToken);
        }
    }

    /// <summary>What the script's <c>read</c> prints.</summary>
    internal static KeptGuest? Parse(string output)
    {
        var end = output.IndexOf('\n', StringComparison.Ordinal);
        return end > 0 && output[..end].Split(' ') is ["tpm", var time, var age]
            ? new KeptGuest(
                output[(end + 1)..],
                long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
                age == "older")
            : null;
    }

    private static RemoteCommand Command(string verb, params IReadOnlyList<string> arguments) =>
        RemoteCommand.Script(Script, [verb, .. arguments]) with { Label = $"kept-guest {verb}" };
}
