using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Connections;
using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.Connections;

/// <summary>Each failure on the way to a machine says what to do.</summary>
public sealed class HostFailuresTests
{
    private static readonly HostKeyChangedException Changed = new("node1", HostKey.Parse(SpecSamples.HostKey));

    [Fact]
    public void A_changed_key_is_accepted_by_an_annotation_when_the_spec_names_none()
    {
        var host = SpecSamples.Host;
        host.Spec = host.Spec with { Ssh = host.Spec.Ssh with { HostKeys = [] } };

        var (reason, message) = HostFailures.Explain(Changed, host);

        Assert.Equal(KvmHostReasons.HostKeyChanged, reason);
        Assert.Contains($"kubectl annotate kvmhost node1 --overwrite {Annotations.AcceptHostKey}={Changed.Presented.Fingerprint}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_key_is_corrected_in_the_spec_when_it_stands_there()
    {
        Assert.EndsWith("correct spec.ssh.hostKeys.", HostFailures.Explain(Changed, SpecSamples.Host).Message, StringComparison.Ordinal);
        Assert.EndsWith("correct spec.server.ssh.hostKeys.", HostFailures.Explain(Changed, SpecSamples.Store).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_who_may_not_become_root_is_told_how()
    {
        var (reason, message) = HostFailures.Explain(new PrivilegeRefusedException("node1", "admin", "sudo: a password is required"), SpecSamples.Host);

        Assert.Equal(KvmHostReasons.PrivilegeRefused, reason);
        Assert.Contains("'admin ALL=(ALL) NOPASSWD: ALL'", message, StringComparison.Ordinal);
    }
}
