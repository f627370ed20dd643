using System.Text;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Connections;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.Connections;

/// <summary>Credentials come from what the watch of the Secrets told.</summary>
public sealed class CredentialStoreTests
{
    private static readonly HostSsh Ssh = SpecSamples.Ssh;

    private readonly ObjectStore<V1Secret> secrets = new([]);
    private readonly CredentialStore credentials;

    public CredentialStoreTests() => credentials = new CredentialStore(secrets, new OperatorSettings { Namespace = "operators" });

    [Fact]
    public void A_changed_secret_counts_at_once_and_an_unchanged_one_is_read_once()
    {
        Put("operators", 1, ("password", "one\n"));
        var first = credentials.Of(Ssh);
        Assert.Equal("one", first.Password);
        Assert.Same(first, credentials.Of(Ssh));

        Put("operators", 2, ("password", "two"), ("ssh-privatekey", "key\n"));
        Assert.Equal("two", credentials.Of(Ssh).Password);
        Assert.Equal("key\n", credentials.Of(Ssh).PrivateKey);
    }

    [Fact]
    public void A_secret_of_another_namespace_is_not_taken_and_an_empty_one_is_said_to_be_empty()
    {
        Put("others", 1, ("password", "theirs"));
        Assert.Contains("there is no Secret operators/", Assert.Throws<CredentialsMissingException>(() => credentials.Of(Ssh)).Message, StringComparison.Ordinal);

        Put("operators", 2, ("user", "root"));
        Assert.Contains("holds neither", Assert.Throws<CredentialsMissingException>(() => credentials.Of(Ssh)).Message, StringComparison.Ordinal);
    }

    private void Put(string inNamespace, int version, params (string Key, string Value)[] data) => secrets.Put(
        new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = Ssh.CredentialsSecretRef.Name, NamespaceProperty = inNamespace, Uid = inNamespace, ResourceVersion = $"{version}" },
            Data = data.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value), StringComparer.Ordinal),
        },
        out _);
}
