using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>What the operator may change on a machine. What nobody asks for stays as it is.</summary>
[ValidationRule("!has(self.timeService) || self.timeService != 'Unmanaged' || !has(self.timeServers) || size(self.timeServers) == 0", Message = "time servers are set where timeService is Managed: leave them out, or let it be Managed", FieldPath = ".timeServers")]
public sealed record HostPreparation
{
    /// <summary>Managed: opens what is needed and nothing else. Disabled: switches the firewall off. Unmanaged: leaves it alone.</summary>
    [DefaultValue(FirewallPolicy.Managed)]
    public FirewallPolicy Firewall { get; init; } = FirewallPolicy.Managed;

    /// <summary>The mode that SELinux should be in. Unmanaged: the mode stays as it is; guests may use NFS in every mode. A machine without SELinux is fine in every mode.</summary>
    [DefaultValue(SelinuxPolicy.Unmanaged)]
    public SelinuxPolicy Selinux { get; init; } = SelinuxPolicy.Unmanaged;

    /// <summary>Unmanaged: the name that the machine has stays, FQDN or not. Managed: the machine is called as this object.</summary>
    [DefaultValue(HostnamePolicy.Unmanaged)]
    public HostnamePolicy Hostname { get; init; } = HostnamePolicy.Unmanaged;

    /// <summary>Managed: a time service that runs is kept, otherwise chrony is installed. Unmanaged: nothing is installed or changed, and the state of the clock is only told.</summary>
    [DefaultValue(TimeServicePolicy.Managed)]
    public TimeServicePolicy TimeService { get; init; } = TimeServicePolicy.Managed;

    /// <summary>The time servers, for chrony or systemd-timesyncd. When none is given, those of the machine's own configuration are kept.</summary>
    [Items(0, 8)]
    [ItemPattern(Patterns.Address, 253)]
    public IReadOnlyList<string> TimeServers { get; init; } = [];

    /// <summary>Managed: missing packages are installed. Unmanaged: a missing package is said, and installed by somebody else.</summary>
    [DefaultValue(PackagePolicy.Managed)]
    public PackagePolicy Packages { get; init; } = PackagePolicy.Managed;
}
