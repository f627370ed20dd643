using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Connections;

/// <summary>Finds the shell of a machine that an object describes. The credentials are those that the watch of the Secrets told last, so changed ones are used at once.</summary>
internal sealed class MachineConnections(CredentialStore credentials, IHostShells shells, IHostGuard guard, ShellMetrics metrics, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, (IReadOnlyList<string> Keys, HostKeyTrust Trust)> trusted = new(StringComparer.Ordinal);

    /// <summary>The shell of a host; nothing is connected yet.</summary>
    /// <exception cref="CredentialsMissingException">There are no credentials, or the host keys to trust cannot be read.</exception>
    public Task<IHostShell> ShellAsync(KvmHost host, CancellationToken cancellationToken) =>
        Task.FromResult<IHostShell>(Shell(host.Name(), host.Spec.Address, host.Spec.Ssh, "spec.ssh", RecordedKeys(host, host.Status?.Ssh)));

    /// <summary>The shell of the machine that serves a store, which has to be one that the operator may configure; nothing is connected yet.</summary>
    /// <exception cref="CredentialsMissingException">There are no credentials, or the host keys to trust cannot be read.</exception>
    public Task<IHostShell> ShellAsync(NfsStore store, CancellationToken cancellationToken) =>
        Task.FromResult<IHostShell>(Shell(NameOf(store), store.Spec.Server.Address, store.Spec.Server.Ssh!, "spec.server.ssh", RecordedKeys(store, store.Status?.Ssh)));

    /// <summary>Forgets the machine behind a store that is gone, and the key that it showed at its first use.</summary>
    public ValueTask ForgetAsync(NfsStore store) => ForgetAsync(NameOf(store));

    /// <summary>Forgets a host that is gone.</summary>
    public ValueTask ForgetAsync(KvmHost host) => ForgetAsync(host.Name());

    private ValueTask ForgetAsync(string name)
    {
        trusted.TryRemove(name, out _);
        metrics.Forget(name);
        guard.Forget(name);
        return shells.ForgetAsync(name);
    }

    private static string NameOf(NfsStore store) => $"store {store.Name()}";

    /// <summary>The key of the first use counts until a person accepts another one by its fingerprint.</summary>
    private static IReadOnlyList<string> RecordedKeys(IMetadata<V1ObjectMeta> entity, HostSshStatus? status) =>
        entity.GetAnnotation(Annotations.AcceptHostKey) is { Length: > 0 } accepted && accepted != status?.HostKeyFingerprint
            ? [accepted]
            : status?.HostKey is { } key ? [key] : [];

    private MeasuredShell Shell(string name, string address, HostSsh ssh, string field, IReadOnlyList<string> recordedKeys)
    {
        var shell = shells.Get(new HostConnectionSettings(name, ssh.Host ?? address, credentials.Of(ssh))
        {
            Port = ssh.Port,
            User = ssh.User,
            Trust = Trust(name, ssh, field, recordedKeys),
        });
        return new MeasuredShell(guard.Guard(shell), metrics, clock);
    }

    /// <summary>The keys are read once a version: a host's object is new at each heartbeat, its keys are not.</summary>
    private HostKeyTrust Trust(string name, HostSsh ssh, string field, IReadOnlyList<string> recordedKeys)
    {
        var keys = ssh.HostKeys.Count > 0 ? ssh.HostKeys : recordedKeys;
        if (trusted.TryGetValue(name, out var known) && known.Keys.SequenceEqual(keys, StringComparer.Ordinal))
        {
            return known.Trust;
        }

        var trust = Trust(ssh, field, keys);
        trusted[name] = (keys, trust);
        return trust;
    }

    private static HostKeyTrust Trust(HostSsh ssh, string field, IReadOnlyList<string> keys)
    {
        try
        {
            return HostKeyTrust.Pinned(keys);
        }
        catch (FormatException exception)
        {
            var remedy = ssh.HostKeys.Count > 0
                ? $"Correct {field}.hostKeys: a key as ssh-keyscan prints it, without the name in front."
                : $"Correct the annotation {Annotations.AcceptHostKey}: the fingerprint that the machine shows, SHA256:…, as ssh-keygen -l prints it.";
            throw new CredentialsMissingException($"the host key to trust cannot be read. {exception.Message} {remedy}", KvmHostReasons.HostKeyUnreadable);
        }
    }
}
