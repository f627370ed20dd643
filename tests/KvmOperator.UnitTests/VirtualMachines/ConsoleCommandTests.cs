using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>What a person pastes into a shell to see a guest's console.</summary>
public sealed class ConsoleCommandTests
{
    private static readonly VirtualMachine Guest = new() { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" } };

    [Fact]
    public void Root_asks_libvirt_for_the_console_as_it_is() =>
        Assert.Equal("ssh -t -p 22 root@10.0.0.1 virsh -c qemu:///system console default_xx", ConsoleCommand.For(Guest, Host(new HostSsh())));

    [Fact]
    public void Another_user_becomes_root_first_since_guests_belong_to_the_system() =>
        Assert.Equal(
            "ssh -t -p 2222 operator@node1.example sudo virsh -c qemu:///system console default_xx",
            ConsoleCommand.For(Guest, Host(new HostSsh { User = "operator", Host = "node1.example", Port = 2222 })));

    private static KvmHost Host(HostSsh ssh) => new() { Spec = new KvmHostSpec { Address = "10.0.0.1", Ssh = ssh } };
}
