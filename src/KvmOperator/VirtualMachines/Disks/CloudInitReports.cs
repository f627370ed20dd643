using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Events;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says whether cloud-init in a guest reads what the spec says: it reads it at the first start, and whoever changes the spec later would wait for an effect that never comes.</summary>
internal static class CloudInitReports
{
    private const string Current = "cloud-init reads what spec.cloudInit says";

    private const string Changed =
        "spec.cloudInit was changed, and the guest has read what it said before: cloud-init reads it at the first start only. Change it inside the guest, or have the guest made anew: "
        + "delete the VirtualMachine with spec.deletionPolicy: Delete, and apply it again.";

    /// <summary>Says it. The host is asked only when the spec was changed since that was said last. Every exception of <see cref="ICloudInitImages"/> applies.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="disks">Knows what cloud-init reads.</param>
    /// <param name="host">The host to ask.</param>
    /// <param name="stores">The stores of the guest's disks.</param>
    /// <param name="isMade">Whether it was made in this pass, from what the spec says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task TellAsync(
        GuestPass pass, DiskCreation disks, IHostShell host, IReadOnlyDictionary<string, NfsStore> stores, bool isMade, CancellationToken cancellationToken)
    {
        if (pass.Machine.Spec.CloudInit is null)
        {
            pass.Conditions.True(VirtualMachineConditions.CloudInitCurrent, CommonReasons.AsExpected, "the spec has no data for cloud-init");
        }
        else if (isMade)
        {
            pass.Conditions.True(VirtualMachineConditions.CloudInitCurrent, CommonReasons.AsExpected, Current);
        }
        else if (!disks.AreSilent(host, stores) && !IsSaid(pass.Conditions.Find(VirtualMachineConditions.CloudInitCurrent), pass.Machine.Metadata.Generation))
        {
            Say(pass, await disks.IsCloudInitCurrentAsync(host, pass.Machine, stores, cancellationToken));
        }
    }

    private static bool IsSaid(V1Condition? condition, long? generation) => condition is { Reason: not CommonReasons.NotYetKnown } && condition.ObservedGeneration == generation;

    private static void Say(GuestPass pass, bool? isCurrent)
    {
        switch (isCurrent)
        {
            case true:
                pass.Conditions.True(VirtualMachineConditions.CloudInitCurrent, CommonReasons.AsExpected, Current);
                break;
            case false:
                pass.Conditions.False(VirtualMachineConditions.CloudInitCurrent, VirtualMachineReasons.CloudInitChanged, Changed);
                pass.Publish(VirtualMachineReasons.CloudInitChanged, Changed, EventType.Warning);
                break;
            default:
                pass.Conditions.Unknown(
                    VirtualMachineConditions.CloudInitCurrent,
                    CommonReasons.DependencyNotReady,
                    "what the guest has cannot be compared with spec.cloudInit: an earlier version of the operator made it, or the Secret is gone");
                break;
        }
    }
}
