namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>libvirt's own limits: what it never sends more of, and refuses to take. They keep a broken answer from costing memory.</summary>
internal static class ProtocolLimits
{
    /// <summary>Bytes of the length that stands before each message and counts itself.</summary>
    public const int LengthBytes = 4;

    /// <summary>Bytes of a message's header.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Most bytes of a message without its length (<c>VIR_NET_MESSAGE_MAX</c>).</summary>
    public const int MessageBytes = 33_554_432;

    /// <summary>Most bytes of a text (<c>REMOTE_STRING_MAX</c>).</summary>
    public const int TextBytes = 4_194_304;

    public const int AuthenticationTypes = 20;
    public const int Domains = 16_384;
    public const int DomainStatistics = 262_144;
    public const int Networks = 16_384;
    public const int StoragePools = 16_384;
    public const int Snapshots = 16_384;
    public const int Checkpoints = 16_384;
    public const int JobStatistics = 64;
    public const int Processors = 256;
    public const int Interfaces = 2_048;
    public const int InterfaceAddresses = 2_048;
}
