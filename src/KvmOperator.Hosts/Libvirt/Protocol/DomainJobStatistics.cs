namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How far the job on a domain is, or how the last one went.</summary>
/// <param name="Type">What kind of job it is.</param>
/// <param name="Values">The values, under the names of <c>virsh domjobinfo --rawstats</c>.</param>
public sealed record DomainJobStatistics(DomainJobType Type, TypedParameters Values);
