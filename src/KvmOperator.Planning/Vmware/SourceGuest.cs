using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What the guest is.</summary>
public sealed record SourceGuest
{
    /// <summary>VMware's word for it (<c>guestOS</c>), as a person chose it: often wrong. Null when there is none.</summary>
    public string? Id { get; init; }

    /// <summary>The family.</summary>
    public GuestFamily Family { get; init; }

    /// <summary>Its name as VMware Tools reported it from within.</summary>
    public string? Name { get; init; }

    /// <summary>Its version as VMware Tools reported it.</summary>
    public string? Version { get; init; }

    /// <summary>Its kernel as VMware Tools reported it.</summary>
    public string? Kernel { get; init; }

    /// <summary>Whether it is a 64-bit system.</summary>
    public bool Is64Bit { get; init; }

    /// <summary>Whether it is made for another processor than x86.</summary>
    public bool IsArm { get; init; }

    /// <summary>Whether it is a Linux.</summary>
    public bool IsLinux => Family is GuestFamily.Debian or GuestFamily.RedHat or GuestFamily.Suse or GuestFamily.OtherLinux;

    /// <summary>Whether VMware Tools told what it is.</summary>
    public bool IsReported => Name is not null;
}
