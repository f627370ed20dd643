using System.Globalization;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Inventory.Observations;

/// <summary>Tells a machine that is silent from one that answers and cannot be worked on, and whose silence a person's word is about. Pure.</summary>
internal static class HostSilence
{
    /// <summary>
    /// Whether nothing answers at a machine's address. One that shows its key, refuses a login or runs no commands is on and may write; of one that nobody could try to reach, such as for want of
    /// its Secret, nothing is known.
    /// </summary>
    public static bool IsSilent(Exception failure) => failure is HostUnreachableException { IsAlive: false };

    /// <summary>Whether it is certain that the machine is on: it refused what was asked of it.</summary>
    public static bool IsAlive(Exception failure) => failure is HostException and not UnusableCredentialsException && !IsSilent(failure);

    /// <summary>The status of a machine that is silent: its failure has a name from the first silence on.</summary>
    /// <param name="status">What is recorded.</param>
    /// <param name="now">The time, in whole seconds.</param>
    public static KvmHostStatus Begun(KvmHostStatus status, DateTime now) => status.Failover is not null
        ? status
        : status with { Failover = new HostFailover { Id = now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture), State = HostFailoverState.Silent, Since = now } };

    /// <summary>The status of a machine that is on: what was said about its silence is about nothing any more. A failure of which more is written down is not ended by an answer.</summary>
    public static KvmHostStatus Ended(KvmHostStatus status) => status.Failover is { State: HostFailoverState.Silent } ? status with { Failover = null } : status;

    /// <summary>Whether a person confirmed that the machine is off, in this failure.</summary>
    public static bool IsConfirmedOff(KvmHost host) =>
        host.Status?.Failover is { } failover && host.GetAnnotation(Annotations.ConfirmPoweredOff) == Word(host.Name(), failover);

    /// <summary>What machines that are silent have in common: whoever looks at one waits for nothing, and must not keep others from being looked at. null for one that answers.</summary>
    public static string? Group(KvmHost host) => host.Status?.Failover is null or { State: HostFailoverState.Returning or HostFailoverState.Quarantined } ? null : "silent";

    /// <summary>How a person confirms that a machine is off; null when it is not silent, so that there is nothing to confirm.</summary>
    public static string? Command(string host, KvmHostStatus? status) => status?.Failover is { } failover
        ? $"kubectl annotate kvmhost {host} --overwrite {Annotations.ConfirmPoweredOff}={Word(host, failover)}"
        : null;

    private static string Word(string host, HostFailover failover) => $"{host}/{failover.Id}";
}
