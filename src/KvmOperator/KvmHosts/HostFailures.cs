using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.KvmHosts;

/// <summary>Says what went wrong on the way to a host, and what to do. Pure.</summary>
internal static class HostFailures
{
    /// <summary>The reason of the condition and its message. The same failure has the same words.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="kind">The kind of the object that names the machine, as kubectl takes it.</param>
    /// <param name="name">The object's name.</param>
    public static (string Reason, string Message) Explain(HostException exception, string kind, string name) => exception switch
    {
        HostKeyChangedException changed => (
            KvmHostReasons.HostKeyChanged,
            $"{changed.Message} Nothing is run there. If the machine was installed anew, say so: kubectl annotate {kind} {name} --overwrite {Annotations.AcceptHostKey}={changed.Presented.Fingerprint}"),
        AuthenticationRefusedException => (KvmHostReasons.AuthenticationRefused, $"{exception.Message} Put the right key or password into the Secret, or let the key in on the machine."),
        UnusableCredentialsException => (KvmHostReasons.CredentialsUnusable, $"{exception.Message} Correct the Secret."),
        HostUnreachableException => (KvmHostReasons.Unreachable, $"{exception.Message} Check the address, the port and the machine."),
        _ => (CommonReasons.StepFailed, exception.Message),
    };
}
