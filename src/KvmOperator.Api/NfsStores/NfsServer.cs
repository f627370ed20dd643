using KvmOperator.Api.Attributes;
using KvmOperator.Api.KvmHosts;

namespace KvmOperator.Api.NfsStores;

/// <summary>The machine that serves an export.</summary>
public sealed record NfsServer
{
    /// <summary>Its address, as the hosts reach it.</summary>
    [Required]
    [Length(1, 253)]
    [Pattern(Patterns.Address)]
    public string Address { get; init; } = "";

    /// <summary>How the operator reaches it to set up the export. Without this, the server is somebody else's and only mounted.</summary>
    public HostSsh? Ssh { get; init; }
}
