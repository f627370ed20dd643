namespace KvmOperator.Hosts.Beat;

/// <summary>
/// What the checks of a host's preparation read and people and their tools edit. A change of one is told by the beat, so that drift is found soon although checks, which start many
/// processes, are seldom. What changes only in a program's memory, such as a rule of the firewall that is stored nowhere, is found by the next check.
/// </summary>
internal static class WatchedFiles
{
    /// <summary>Files, and folders for what is replaced by another file of the same name. What does not exist is watched for, too.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "/etc",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/fstab",
        "/etc/default",
        "/etc/default/libvirt-guests",
        "/etc/sysconfig",
        "/etc/sysconfig/libvirt-guests",
        "/etc/sysctl.d",
        "/etc/sysctl.d/60-kvm-operator.conf",
        "/etc/chrony.conf",
        "/etc/chrony",
        "/etc/chrony/chrony.conf",
        "/etc/selinux",
        "/etc/selinux/config",
        "/etc/systemd/timesyncd.conf.d",
        "/etc/systemd/timesyncd.conf.d/kvm-operator.conf",
        "/etc/firewalld",
        "/etc/firewalld/firewalld.conf",
        "/etc/firewalld/zones",
        "/etc/libvirt",
        "/etc/libvirt/storage",
        "/etc/libvirt/storage/autostart",
        "/etc/ssh",
        "/etc/ssh/sshd_config",
        "/etc/ssh/sshd_config.d",
        "/etc/systemd",
        "/etc/systemd/system",
        "/root/.ssh",
        "/root/.ssh/authorized_keys",
        "/root/.ssh/known_hosts",
        "/root/.ssh/config",
        "/usr/bin",
        "/usr/sbin",
    ];
}
