using KvmOperator.Hosts.Ssh;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>The hosts of a pool have no processor model in common, so no guest there could move.</summary>
internal sealed class NoCommonCpuModelException(string pool, HostRefusedException refused) : Exception(
    $"the hosts of the pool '{pool}' have no processor in common ({refused.Summary}): give hosts with processors of different makers, or with a libvirt that does not know the others' processors, pools of their own (spec.pool), or pin the guest to one of them (spec.placement.hostRef)",
    refused);
