using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>A network card of the source, and what becomes of it.</summary>
public sealed record ImportedNic
{
    /// <summary>Its number in VMware.</summary>
    [Required]
    public int Index { get; init; }

    /// <summary>What it was connected to in VMware.</summary>
    public string? SourceNetwork { get; init; }

    /// <summary>Its model in VMware.</summary>
    public string? SourceModel { get; init; }

    /// <summary>Its model here.</summary>
    public string? Model { get; init; }

    /// <summary>Its address.</summary>
    public string? Mac { get; init; }

    /// <summary>The name it most likely had in the guest.</summary>
    public string? OldName { get; init; }

    /// <summary>A file for the guest's <c>/etc/systemd/network</c> by which the card keeps that name.</summary>
    public string? LinkFile { get; init; }
}
