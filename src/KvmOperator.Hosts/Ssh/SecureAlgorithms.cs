using Renci.SshNet;

namespace KvmOperator.Hosts.Ssh;

/// <summary>Takes SHA-1, CBC and certificates out of what a client offers, and prefers authenticated ciphers.</summary>
internal static class SecureAlgorithms
{
    public static void Restrict(ConnectionInfo connection, HostKeyTrust trust)
    {
        Remove(connection.KeyExchangeAlgorithms, name => name.EndsWith("-sha1", StringComparison.Ordinal));
        Remove(connection.Encryptions, name => name.EndsWith("-cbc", StringComparison.Ordinal));
        Remove(connection.HmacAlgorithms, name => name.StartsWith("hmac-sha1", StringComparison.Ordinal));
        Remove(connection.HostKeyAlgorithms, name => name == "ssh-rsa" || name.Contains("-cert-", StringComparison.Ordinal));
        if (trust.Algorithms.Count > 0)
        {
            // A host has several keys; it must show one of the type that is pinned.
            Remove(connection.HostKeyAlgorithms, name => !trust.Algorithms.Contains(KeyTypeOf(name)));
        }

        foreach (var name in (string[])["aes256-gcm@openssh.com", "aes128-gcm@openssh.com"])
        {
            if (connection.Encryptions.TryGetValue(name, out var cipher))
            {
                connection.Encryptions.Remove(name);
                connection.Encryptions.Insert(0, name, cipher);
            }
        }
    }

    private static string KeyTypeOf(string signatureAlgorithm) =>
        signatureAlgorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal) ? "ssh-rsa" : signatureAlgorithm;

    private static void Remove<TAlgorithm>(IOrderedDictionary<string, TAlgorithm> algorithms, Predicate<string> isUnwanted)
    {
        foreach (var name in algorithms.Keys.Where(name => isUnwanted(name)).ToList())
        {
            algorithms.Remove(name);
        }
    }
}
