using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KvmOperator.Hosts.Ssh;

/// <summary>A host's public key.</summary>
/// <param name="Algorithm">The key type, such as <c>ssh-ed25519</c>.</param>
/// <param name="EncodedKey">The key in base64, as in the second field of OpenSSH's public key files.</param>
public sealed record HostKey(string Algorithm, string EncodedKey)
{
    /// <summary>The key's SHA-256 fingerprint as OpenSSH prints it.</summary>
    public string Fingerprint => $"SHA256:{Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(EncodedKey))).TrimEnd('=')}";

    /// <summary>The key in OpenSSH's format, without a host name or a comment.</summary>
    public string OpenSshLine => $"{Algorithm} {EncodedKey}";

    /// <summary>A key from its wire format, which begins with its own type.</summary>
    public static HostKey FromBlob(ReadOnlySpan<byte> blob) => new(AlgorithmOf(blob), Convert.ToBase64String(blob));

    /// <summary>
    /// Reads a key in OpenSSH's format: <c>TYPE BASE64 [comment]</c>, or a line of a known_hosts file, whose host names are ignored.
    /// </summary>
    /// <exception cref="FormatException">The text is not such a key.</exception>
    public static HostKey Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

        for (var index = 0; index + 1 < Math.Min(fields.Length, 3); index++)
        {
            var blob = new byte[fields[index + 1].Length];
            if (Convert.TryFromBase64String(fields[index + 1], blob, out var length) && length > 4 && AlgorithmOf(blob.AsSpan(0, length)) == fields[index])
            {
                return new HostKey(fields[index], fields[index + 1]);
            }
        }

        throw new FormatException($"Not a public key in OpenSSH's format: \"{(line.Length > 80 ? line[..80] + "…" : line)}\".");
    }

    private static string AlgorithmOf(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 4)
        {
            return string.Empty;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(blob);
        return length <= blob.Length - 4 ? Encoding.ASCII.GetString(blob.Slice(4, (int)length)) : string.Empty;
    }
}
