using System.Text;
using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;

namespace KvmOperator.Connections;

/// <summary>Finds the shell of a machine that an object describes. The credentials are read from the operator's own namespace at each call, so changed ones are used at once.</summary>
internal sealed class MachineConnections(EntityClient client, IHostShells shells, ShellMetrics metrics, OperatorSettings settings, TimeProvider clock)
{
    /// <summary>The shell of a host; nothing is connected yet.</summary>
    /// <exception cref="CredentialsMissingException">There are no credentials, or the host keys to trust cannot be read.</exception>
    public Task<IHostShell> ShellAsync(KvmHost host, CancellationToken cancellationToken) =>
        ShellAsync(host.Name(), host.Spec.Address, host.Spec.Ssh, "spec.ssh", RecordedKeys(host, host.Status?.Ssh), cancellationToken);

    /// <summary>The shell of the machine that serves a store, which has to be one that the operator may configure; nothing is connected yet.</summary>
    /// <exception cref="CredentialsMissingException">There are no credentials, or the host keys to trust cannot be read.</exception>
    public Task<IHostShell> ShellAsync(NfsStore store, CancellationToken cancellationToken) =>
        ShellAsync(NameOf(store), store.Spec.Server.Address, store.Spec.Server.Ssh!, "spec.server.ssh", RecordedKeys(store, store.Status?.Ssh), cancellationToken);

    /// <summary>Forgets the machine behind a store that is gone, and the key that it showed at its first use.</summary>
    public ValueTask ForgetAsync(NfsStore store) => shells.ForgetAsync(NameOf(store));

    private static string NameOf(NfsStore store) => $"store {store.Name()}";

    /// <summary>The key of the first use counts until a person accepts another one by its fingerprint.</summary>
    private static IEnumerable<string> RecordedKeys(IMetadata<V1ObjectMeta> entity, HostSshStatus? status) =>
        entity.GetAnnotation(Annotations.AcceptHostKey) is { Length: > 0 } accepted && accepted != status?.HostKeyFingerprint
            ? [accepted]
            : status?.HostKey is { } key ? [key] : [];

    private async Task<IHostShell> ShellAsync(string name, string address, HostSsh ssh, string field, IEnumerable<string> recordedKeys, CancellationToken cancellationToken)
    {
        var secretName = ssh.CredentialsSecretRef.Name;
        var secret = await client.GetAsync<V1Secret>(new EntityKey(settings.Namespace, secretName), cancellationToken)
            ?? throw new CredentialsMissingException($"there is no Secret {settings.Namespace}/{secretName}: create it with an SSH key (kubernetes.io/ssh-auth) or a password (kubernetes.io/basic-auth)");
        var credentials = new HostCredentials
        {
            PrivateKey = Text(secret, "ssh-privatekey"),
            Passphrase = Line(secret, "passphrase"),
            Password = Line(secret, "password"),
        };
        if (credentials is { PrivateKey: null, Password: null })
        {
            throw new CredentialsMissingException($"Secret {settings.Namespace}/{secretName} holds neither ssh-privatekey nor password: add one of them");
        }

        var shell = shells.Get(new HostConnectionSettings(name, ssh.Host ?? address, credentials)
        {
            Port = ssh.Port,
            User = ssh.User,
            Trust = Trust(ssh, field, recordedKeys),
        });
        return new MeasuredShell(shell, metrics, clock);
    }

    private static HostKeyTrust Trust(HostSsh ssh, string field, IEnumerable<string> recordedKeys)
    {
        try
        {
            return HostKeyTrust.Pinned(ssh.HostKeys.Count > 0 ? ssh.HostKeys : recordedKeys);
        }
        catch (FormatException exception)
        {
            var remedy = ssh.HostKeys.Count > 0
                ? $"Correct {field}.hostKeys: a key as ssh-keyscan prints it, without the name in front."
                : $"Correct the annotation {Annotations.AcceptHostKey}: the fingerprint that the machine shows, SHA256:…, as ssh-keygen -l prints it.";
            throw new CredentialsMissingException($"the host key to trust cannot be read. {exception.Message} {remedy}", KvmHostReasons.HostKeyUnreadable);
        }
    }

    /// <summary>A text of one line. Editors and echo put a line end behind it, which nobody means to be a part of it.</summary>
    private static string? Line(V1Secret secret, string key) =>
        Text(secret, key) is { } text ? text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text : null;

    private static string? Text(V1Secret secret, string key) => secret.Data?.TryGetValue(key, out var bytes) == true ? Encoding.UTF8.GetString(bytes) : null;
}
