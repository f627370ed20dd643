namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What concerns the job that runs on a domain, such as a move. Each method is one procedure of libvirt's protocol; all exceptions of <see cref="LibvirtConnection"/> apply to each.</summary>
public static class MigrationProcedures
{
    /// <summary>How far the job is, in short.</summary>
    public static Task<DomainJobInfo> GetJobInfoAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainGetJobInfo, writer => writer.Domain(domain), ReadJobInfo, connection.Options.Question, cancellationToken);

    /// <summary>How far the job is, or how the last one went. As <c>virsh domjobinfo --rawstats</c>.</summary>
    public static Task<DomainJobStatistics> GetJobStatisticsAsync(this LibvirtConnection connection, LibvirtDomain domain, DomainJobStatisticsFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainGetJobStats,
            writer => writer.Domain(domain).Unsigned((uint)flags),
            static reader => new DomainJobStatistics((DomainJobType)reader.Integer(), TypedParameters.Read(reader, ProtocolLimits.JobStatistics)),
            connection.Options.Question,
            cancellationToken);

    /// <summary>Gives the job up, as <c>virsh domjobabort</c>.</summary>
    public static Task AbortJobAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainAbortJob, writer => writer.Domain(domain), connection.Options.Change, cancellationToken);

    /// <summary>Switches a running move over to post-copy, as <c>virsh migrate-postcopy</c>.</summary>
    public static Task StartPostCopyAsync(this LibvirtConnection connection, LibvirtDomain domain, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.DomainMigrateStartPostCopy, writer => writer.Domain(domain).Unsigned(0), connection.Options.Change, cancellationToken);

    /// <summary>How long a moving guest may stand still, as <c>virsh migrate-setmaxdowntime</c>.</summary>
    public static Task SetMaximumDowntimeAsync(this LibvirtConnection connection, LibvirtDomain domain, ulong milliseconds, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.DomainMigrateSetMaxDowntime,
            writer => writer.Domain(domain).UnsignedLong(milliseconds).Unsigned(0),
            connection.Options.Change,
            cancellationToken);

    private static DomainJobInfo ReadJobInfo(XdrReader reader) => new(
        (DomainJobType)reader.Integer(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong(),
        reader.UnsignedLong());
}
