namespace KvmOperator.Api.VmwareImports;

/// <summary>What was seen of the guest.</summary>
public sealed record ImportEvidence
{
    /// <summary>Whether its agent answered.</summary>
    public bool? GuestAgent { get; init; }

    /// <summary>An address that it took by DHCP.</summary>
    public string? Lease { get; init; }

    /// <summary>An address that it was seen to use.</summary>
    public string? Arp { get; init; }

    /// <summary>Bytes that it wrote to its disks.</summary>
    public long? WrittenBytes { get; init; }

    /// <summary>The last lines of its console.</summary>
    public string? Console { get; init; }

    /// <summary>The ConfigMap with a picture of its screen.</summary>
    public LocalObjectReference? PictureRef { get; init; }
}
