using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// Which domain belongs to a virtual machine. Name and UUID follow from namespace and name alone, so the same object finds its domain again on any host and in any cluster.
/// A domain that was adopted keeps the name and the UUID that it had.
/// </summary>
public sealed partial record DomainIdentity
{
    private static readonly Guid NameSpace = new("6d1f7e0a-6c51-5f0e-9a55-3f6b1d0c2a11");

    /// <summary>Creates an identity.</summary>
    /// <param name="objectNamespace">The object's namespace.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="adopted">The UUID of the domain that a person wants to be taken over; null for a domain of our own.</param>
    /// <exception cref="ArgumentException">One of them is no Kubernetes name.</exception>
    public DomainIdentity(string objectNamespace, string name, Guid? adopted = null)
    {
        Adopted = adopted;
        Namespace = NamePattern.IsMatch(objectNamespace) ? objectNamespace : throw new ArgumentException("Not a Kubernetes name.", nameof(objectNamespace));
        Name = NamePattern.IsMatch(name) ? name : throw new ArgumentException("Not a Kubernetes name.", nameof(name));
        DomainName = $"{Namespace}_{Name}";

        // Asked for in loops over all domains: computed once, not at each question.
        Uuid = adopted ?? Version5($"{Namespace}/{Name}");
        Reference = adopted?.ToString() ?? DomainName;
    }

    /// <summary>The object's namespace.</summary>
    public string Namespace { get; }

    /// <summary>The object's name.</summary>
    public string Name { get; }

    /// <summary>The UUID of an adopted domain; null for one of our own.</summary>
    public Guid? Adopted { get; }

    /// <summary>The name of a domain of our own, and of the guest's folder in a store: an underscore cannot be in a Kubernetes name, so no two objects share one.</summary>
    public string DomainName { get; }

    /// <summary>The domain's UUID: version 5 of <c>namespace/name</c>, unless it was adopted.</summary>
    public Guid Uuid { get; }

    /// <summary>What virsh finds the domain by: the name of one of our own, the UUID of an adopted one, whose name is somebody else's choice.</summary>
    public string Reference { get; }

    /// <summary>
    /// A MAC address in QEMU's range for the network interface of that position, the same for ever. The range has 24 bits, so that two of thousands of guests may well get the same one: then one of
    /// them takes its next.
    /// </summary>
    /// <param name="position">The interface's position, from 0.</param>
    /// <param name="attempt">Which of the addresses, from 0.</param>
    public string MacAddress(int position, int attempt = 0)
    {
        var name = $"{Namespace}/{Name}#{position}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(attempt == 0 ? name : $"{name}/{attempt}"));
        return $"52:54:00:{hash[0]:x2}:{hash[1]:x2}:{hash[2]:x2}";
    }

    /// <inheritdoc/>
    public override string ToString() => Reference;

    private static Guid Version5(string text)
    {
        // RFC 9562 defines version 5 with SHA-1; nothing here depends on its strength.
#pragma warning disable CA5350
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData([.. NameSpace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(text)], hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern { get; }
}
