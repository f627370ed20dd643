using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>What the operator may change on a machine.</summary>
public sealed record HostPreparation
{
    /// <summary>Managed: opens what is needed and nothing else. Disabled: switches the firewall off. Unmanaged: leaves it alone.</summary>
    [DefaultValue(FirewallPolicy.Managed)]
    public FirewallPolicy Firewall { get; init; } = FirewallPolicy.Managed;

    /// <summary>The mode that SELinux should be in. A machine without SELinux is fine in every mode.</summary>
    [DefaultValue(SelinuxPolicy.Enforcing)]
    public SelinuxPolicy Selinux { get; init; } = SelinuxPolicy.Enforcing;

    /// <summary>The time servers. When none is given, those of the machine's own configuration are kept.</summary>
    [Items(0, 8)]
    [ItemPattern(Patterns.Address, 253)]
    public IReadOnlyList<string> TimeServers { get; init; } = [];

    /// <summary>Managed: missing packages are installed. Unmanaged: a missing package is said, and installed by somebody else.</summary>
    [DefaultValue(PackagePolicy.Managed)]
    public PackagePolicy Packages { get; init; } = PackagePolicy.Managed;
}
