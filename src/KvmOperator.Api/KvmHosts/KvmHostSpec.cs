using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>What a machine should be.</summary>
public sealed record KvmHostSpec
{
    /// <summary>
    /// The machine's IP address on the network that it shares with the other hosts and the storage. Peers resolve the host's name to it, and let it in
    /// through firewalls and exports. A DNS name may stand in ssh.host.
    /// </summary>
    [Required]
    [Length(1, 45)]
    [Pattern(Patterns.IpAddress)]
    public string Address { get; init; } = "";

    /// <summary>The IP address to which guests are moved; the address above unless a network of its own is there for migrations.</summary>
    [Length(1, 45)]
    [Pattern(Patterns.IpAddress)]
    public string? MigrationAddress { get; init; }

    /// <summary>How the operator reaches the machine.</summary>
    [Required]
    public HostSsh Ssh { get; init; } = new();

    /// <summary>Active: takes guests. Cordoned: keeps its guests and takes no more. Maintenance: is drained, which moves its guests to other hosts, as spec.availability.onEviction of each says; none that is there is started.</summary>
    [DefaultValue(HostMode.Active)]
    public HostMode Mode { get; init; } = HostMode.Active;

    /// <summary>What the operator may change on the machine.</summary>
    public HostPreparation Preparation { get; init; } = new();

    /// <summary>
    /// Folders below which a VmwareImport of any namespace may read VMware machines, as root. Without any, imports read from stores only: an object in a namespace must not show a machine's files.
    /// With trim: AfterSuccess an import also deletes there what is disposable.
    /// </summary>
    [Items(0, 16)]
    [ItemPattern(Patterns.AnyPath, 1024)]
    public IReadOnlyList<string> ImportFolders { get; init; } = [];

    /// <summary>How much of the machine guests may use.</summary>
    public HostCapacityPolicy Capacity { get; init; } = new();

    /// <summary>How the machine is powered off for certain when it fails. Not used yet: a host that fails is left alone, whatever stands here.</summary>
    public HostFencing? Fencing { get; init; }

    /// <summary>The hosts among which guests move. They share stores and trust each other.</summary>
    [DefaultValue("default")]
    [Length(1, 63)]
    [Pattern(Patterns.Label)]
    public string Pool { get; init; } = "default";
}
