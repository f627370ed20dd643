using System.Globalization;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>A guest of a simulated host, as its libvirt knows it.</summary>
internal sealed class FleetGuest(int number)
{
    public DomainIdentity Identity { get; } = new(FleetIdentity.Namespace, FleetIdentity.GuestName(number));

    public string Address { get; } = FleetIdentity.GuestAddress(number);

    public bool Runs { get; set; } = true;

    /// <summary>libvirt's number of the running domain; another one after each start.</summary>
    public int Id { get; set; } = number + 1;

    /// <summary>As long as what virt-install makes of a guest, and as the operator wants it. Written anew at each question: so many of them would fill the memory.</summary>
    public string Xml()
    {
        var path = $"{FleetIdentity.MountPath}/{Identity.DomainName}/root.qcow2";
        var ports = string.Concat(Enumerable.Range(1, 14).Select(port => string.Create(
            CultureInfo.InvariantCulture,
            $"<controller type='pci' index='{port}' model='pcie-root-port'><model name='pcie-root-port'/><target chassis='{port}' port='0x{port + 15:x}'/><alias name='pci.{port}'/><address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x{port % 8:x}' multifunction='on'/></controller>")));
        return $"""
            <domain type='kvm'{(Runs ? string.Create(CultureInfo.InvariantCulture, $" id='{Id}'") : string.Empty)}><name>{Identity.DomainName}</name><uuid>{Identity.Uuid}</uuid>
            <metadata><kvmop:owner xmlns:kvmop='{OwnerMarker.XmlNamespace}' namespace='{Identity.Namespace}' name='{Identity.Name}'/></metadata>
            <memory unit='KiB'>1048576</memory><currentMemory unit='KiB'>1048576</currentMemory><vcpu placement='static' current='1'>4</vcpu>
            <resource><partition>/machine</partition></resource><os><type arch='x86_64' machine='pc-q35-9.2'>hvm</type></os><features><acpi/><apic/></features>
            <cpu mode='custom' match='exact' check='full'><model fallback='forbid'>EPYC</model><feature policy='require' name='x2apic'/><feature policy='require' name='hypervisor'/></cpu>
            <clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/></clock>
            <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' io='native' error_policy='stop'/><source file='{path}' index='1'><seclabel model='dac' relabel='no'/></source><backingStore/><target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>
            {ports}
            <interface type='network'><mac address='{Identity.MacAddress(0)}'/><source network='default' portid='{Identity.Uuid}' bridge='virbr0'/><target dev='vnet{Id}'/><model type='virtio'/><alias name='net0'/></interface>
            <serial type='pty'><source path='/dev/pts/1'/><target type='isa-serial' port='0'><model name='isa-serial'/></target></serial>
            <channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/><address type='virtio-serial' controller='0' bus='0' port='1'/></channel>
            <input type='mouse' bus='ps2'/><input type='keyboard' bus='ps2'/><audio id='1' type='none'/><watchdog model='itco' action='reset'/>
            <memballoon model='virtio'><alias name='balloon0'/></memballoon><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>
            <seclabel type='dynamic' model='dac' relabel='yes'><label>+64055:+64055</label><imagelabel>+64055:+64055</imagelabel></seclabel></domain>
            """;
    }
}
