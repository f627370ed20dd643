using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Status;

namespace KvmOperator.Failover;

/// <inheritdoc/>
internal sealed class FailoverObjects(StatusWriter<KvmHost> hosts, StatusWriter<VirtualMachine> guests) : IFailoverObjects
{
    /// <inheritdoc/>
    public Task<bool> WriteAsync(KvmHost read, Func<KvmHostStatus, KvmHostStatus> change, CancellationToken cancellationToken) =>
        WrittenAsync(hosts.WriteIfUnchangedAsync(read, host => host.Status = change(host.Status ?? new KvmHostStatus()), cancellationToken));

    /// <inheritdoc/>
    public Task<bool> WriteAsync(VirtualMachine read, Func<VirtualMachineStatus, VirtualMachineStatus> change, CancellationToken cancellationToken) =>
        WrittenAsync(guests.WriteIfUnchangedAsync(read, guest => guest.Status = change(guest.Status ?? new VirtualMachineStatus()), cancellationToken));

    private static async Task<bool> WrittenAsync(Task<bool> writing)
    {
        try
        {
            await writing;
            return true;
        }
        catch (ApiException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            return false;
        }
    }
}
