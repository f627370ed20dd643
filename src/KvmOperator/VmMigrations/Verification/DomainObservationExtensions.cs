using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Migrations;

namespace KvmOperator.VmMigrations.Verification;

/// <summary>Reads a domain for those who decide about its move.</summary>
internal static class DomainObservationExtensions
{
    /// <summary>The guest on one of the two hosts; null when it is not there.</summary>
    public static GuestOnHost? OnHost(this DomainObservation? domain) => domain is null
        ? null
        : new GuestOnHost(domain.IsActive)
        {
            PausedByMigration = domain.PausedByMigration,
            PausedByBrokenPostCopy = domain.PausedByBrokenPostCopy,
            InPostCopy = domain.InPostCopy,
        };
}
