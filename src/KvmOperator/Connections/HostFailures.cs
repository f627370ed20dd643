using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Connections;

/// <summary>Says what went wrong on the way to a machine, and what to do. Pure.</summary>
internal static class HostFailures
{
    /// <summary>The reason of the condition and its message, for a host. The same failure has the same words.</summary>
    public static (string Reason, string Message) Explain(HostException exception, KvmHost host) => Explain(exception, "kvmhost", host.Name(), "spec.ssh", host.Spec.Ssh);

    /// <summary>As the other, for the server of a store.</summary>
    public static (string Reason, string Message) Explain(HostException exception, NfsStore store) =>
        Explain(exception, "nfsstore", store.Name(), "spec.server.ssh", store.Spec.Server.Ssh);

    private static (string Reason, string Message) Explain(HostException exception, string kind, string name, string field, HostSsh? ssh) => exception switch
    {
        // An annotation cannot outvote keys that stand in the spec.
        HostKeyChangedException changed when ssh is { HostKeys.Count: > 0 } => (
            KvmHostReasons.HostKeyChanged,
            $"{changed.Message} Nothing is run there. If the machine was installed anew, correct {field}.hostKeys."),
        HostKeyChangedException changed => (
            KvmHostReasons.HostKeyChanged,
            $"{changed.Message} Nothing is run there. If the machine was installed anew, say so: kubectl annotate {kind} {name} --overwrite {Annotations.AcceptHostKey}={changed.Presented.Fingerprint}"),
        AuthenticationRefusedException => (KvmHostReasons.AuthenticationRefused, $"{exception.Message} Put the right key or password into the Secret, which is tried at once, or let the key in on the machine."),
        UnusableCredentialsException => (KvmHostReasons.CredentialsUnusable, $"{exception.Message} Correct the Secret."),
        PrivilegeRefusedException => (
            KvmHostReasons.PrivilegeRefused,
            $"{exception.Message.TrimEnd('.')}. Let the user run sudo without a password (a line '{ssh?.User} ALL=(ALL) NOPASSWD: ALL' in /etc/sudoers.d/kvm-operator), or name another one in {field}.user."),
        ManagedElsewhereException => (
            KvmHostReasons.ManagedElsewhere,
            $"{exception.Message} Nothing is run there. What an operator that is gone has left there ends by itself within two minutes, and the host is asked again every ten seconds."),
        HostUnreachableException => (KvmHostReasons.Unreachable, $"{exception.Message} Check the address, the port and the machine."),
        _ => (CommonReasons.StepFailed, exception.Message),
    };
}
