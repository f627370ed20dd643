using System.Runtime.CompilerServices;
using System.Text;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Connections;

/// <summary>The credentials of machines: the Secrets of the operator's own namespace, as the watch of them tells. Reading one costs no request, and a changed one counts at once.</summary>
internal sealed class CredentialStore(IEntityStore<V1Secret> secrets, OperatorSettings settings)
{
    // Read once a version: each version is an object of its own, and what was read goes with it.
    private readonly ConditionalWeakTable<V1Secret, HostCredentials> read = [];

    /// <summary>The credentials that an object names.</summary>
    /// <exception cref="CredentialsMissingException">There is no such Secret, or it holds nothing to log in with.</exception>
    public HostCredentials Of(HostSsh ssh)
    {
        var name = ssh.CredentialsSecretRef.Name;
        var secret = secrets.Get(new EntityKey(settings.Namespace, name))
            ?? throw new CredentialsMissingException($"there is no Secret {settings.Namespace}/{name}: create it with an SSH key (kubernetes.io/ssh-auth) or a password (kubernetes.io/basic-auth)");
        var credentials = read.GetValue(secret, Read);
        return credentials is { PrivateKey: null, Password: null }
            ? throw new CredentialsMissingException($"Secret {settings.Namespace}/{name} holds neither ssh-privatekey nor password: add one of them")
            : credentials;
    }

    private static HostCredentials Read(V1Secret secret) => new()
    {
        PrivateKey = Text(secret, "ssh-privatekey"),
        Passphrase = Line(secret, "passphrase"),
        Password = Line(secret, "password"),
    };

    /// <summary>A text of one line. Editors and echo put a line end behind it, which nobody means to be a part of it.</summary>
    private static string? Line(V1Secret secret, string key) =>
        Text(secret, key) is { } text ? text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text : null;

    private static string? Text(V1Secret secret, string key) => secret.Data?.TryGetValue(key, out var bytes) == true ? Encoding.UTF8.GetString(bytes) : null;
}
