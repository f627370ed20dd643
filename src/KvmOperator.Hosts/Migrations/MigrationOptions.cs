namespace KvmOperator.Hosts.Migrations;

/// <summary>How a guest is moved while it runs.</summary>
/// <param name="TargetAddress">The target's address, as the source reaches it; both the command and the guest's memory go there.</param>
public sealed record MigrationOptions(string TargetAddress)
{
    /// <summary>Slows a guest down that writes memory faster than the network takes it.</summary>
    public bool AutoConverge { get; init; }

    /// <summary>Allows to switch to post-copy; a broken network then costs the guest.</summary>
    public bool PostCopy { get; init; }

    /// <summary>Moves although libvirt thinks the disks unsafe.</summary>
    public bool AllowUnsafe { get; init; }

    /// <summary>The most of the network to use, in MiB a second; null for no limit.</summary>
    public int? BandwidthMebiBytesPerSecond { get; init; }

    /// <summary>How long the guest may stand still at the end; null for libvirt's default.</summary>
    public TimeSpan? MaximumDowntime { get; init; }
}
