using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.Failover;

/// <summary>Writes what was decided for failures into the objects' statuses, and nothing on an object that is another one than that on which it was decided: a leader that was paused meanwhile writes nothing.</summary>
internal interface IFailoverObjects
{
    /// <summary>Writes a host's status.</summary>
    /// <returns>False when it is another one by now, or gone: nothing was written, and it is decided anew.</returns>
    Task<bool> WriteAsync(KvmHost read, Func<KvmHostStatus, KvmHostStatus> change, CancellationToken cancellationToken);

    /// <summary>Writes a guest's status.</summary>
    /// <returns>As the other.</returns>
    Task<bool> WriteAsync(VirtualMachine read, Func<VirtualMachineStatus, VirtualMachineStatus> change, CancellationToken cancellationToken);
}
