using System.Xml;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>What libvirt 9.0 prints of a guest, shortened.</summary>
public sealed class MigrationNeedsTests
{
    private const string Info =
        """
        Id:             3
        Name:           shop_web
        State:          running
        Persistent:     yes
        Autostart:      disable
        Managed save:   no
        Security model: apparmor
        """;

    private const string Devices =
        """
          <devices>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='/images/root.qcow2' index='1'/></disk>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='writeback'/><source file='/images/data.qcow2'/></disk>
            <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/images/seed.iso'/><readonly/></disk>
            <disk type='file' device='cdrom'/>
            <interface type='network'><source network='default' portid='x' bridge='virbr0'/></interface>
            <interface type='bridge'><source bridge='br0'/></interface>
          </devices>
        """;

    [Fact]
    public void Networks_bridges_and_disks_are_those_of_the_running_guest()
    {
        var needs = MigrationNeeds.Parse(Text());

        Assert.Equal("shop_web", needs.Name);
        Assert.Equal(["default"], needs.Networks);
        Assert.Equal(["br0"], needs.Bridges);
        Assert.Equal(["/images/root.qcow2", "/images/data.qcow2", "/images/seed.iso"], needs.Disks);
        Assert.Equal(["/images/data.qcow2"], needs.UnsafeCacheDisks);
        Assert.False(needs.HostDevices);
        Assert.False(needs.HasSavedState);
        Assert.Null(needs.FirmwareVariables);
    }

    [Theory]
    [InlineData("<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source><address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source><alias name='hostdev0'/></hostdev>")]
    [InlineData("<interface type='hostdev' managed='yes'><mac address='52:54:00:6d:90:02'/><source><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x0'/></source></interface>")]
    [InlineData("<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>")]
    [InlineData("<hostdev mode='subsystem' type='usb' managed='no'><source><vendor id='0x0781'/><product id='0x5567'/></source></hostdev>")]
    public void A_device_of_the_host_is_seen(string device) => Assert.True(MigrationNeeds.Parse(Text(devices: Devices.Replace("</devices>", device + "</devices>", StringComparison.Ordinal))).HostDevices);

    [Theory]
    [InlineData("<disk type='block' device='disk'><driver name='qemu' type='raw' cache='none'/><source dev='/dev/sdb'/><target dev='vdb' bus='virtio'/></disk>", "vdb (/dev/sdb)")]
    [InlineData("<disk type='block' device='disk'><source dev='/dev/mapper/lun'/><target dev='vdb'/><shareable/></disk>", "vdb (/dev/mapper/lun)")]
    [InlineData("<disk type='volume' device='disk'><source pool='fast' volume='data'/><target dev='vdb'/></disk>", "vdb (data)")]
    [InlineData("<disk type='nvme' device='disk'><source type='pci' namespace='1'/></disk>", "nvme")]
    [InlineData("<disk type='block' device='cdrom'><target dev='sdb'/></disk>", null)]
    [InlineData("<disk type='block' device='cdrom'><source dev='/dev/sr0'/><target dev='sdb'/><readonly/></disk>", null)]
    [InlineData("<disk type='network' device='disk'><source protocol='rbd' name='pool/data'/><target dev='vdb'/></disk>", null)]
    public void A_disk_that_is_its_hosts_own_is_seen(string disk, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], MigrationNeeds.Parse(Text(devices: Devices.Replace("</devices>", disk + "</devices>", StringComparison.Ordinal))).HostDisks);

    [Theory]
    [InlineData("<shmem name='s0'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>", "shmem s0")]
    [InlineData("<shmem name='s0' role='peer'><model type='ivshmem-doorbell'/></shmem>", "shmem s0")]
    [InlineData("<shmem name='s0' role='master'><model type='ivshmem-plain'/></shmem>", null)]
    [InlineData("<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='share'/></filesystem>", "filesystem share")]
    [InlineData("<filesystem type='mount' accessmode='mapped'><source dir='/srv'/><target dir='share9p'/></filesystem>", "filesystem share9p")]
    [InlineData("<tpm model='tpm-tis'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>", "tpm passthrough")]
    [InlineData("<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", null)]
    [InlineData("<memory model='nvdimm'><source><path>/tmp/nvdimm</path></source></memory>", "memory nvdimm")]
    [InlineData("<memory model='dimm'/>", null)]
    [InlineData("<serial type='dev'><source path='/dev/ttyS0'/></serial>", "serial /dev/ttyS0")]
    [InlineData("<serial type='pty'><source path='/dev/pts/0'/></serial>", null)]
    [InlineData("<video><model type='virtio'><acceleration accel3d='yes'/></model></video>", "video accel3d")]
    public void A_device_that_does_not_move_while_the_guest_runs_is_seen(string device, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], MigrationNeeds.Parse(Text(devices: Devices.Replace("</devices>", device + "</devices>", StringComparison.Ordinal))).UnmovableDevices);

    [Theory]
    [InlineData("custom", "custom", true, "AsDefined")]
    [InlineData("custom", "custom", false, "AsDefined")]
    [InlineData("custom", "host-model", true, "AsStarted")]
    [InlineData("host-model", "host-model", false, "Nothing")]
    [InlineData("host-passthrough", "host-passthrough", true, "SameHost")]
    [InlineData("host-passthrough", "custom", true, "SameHost")]
    [InlineData("maximum", "maximum", true, "SameHost")]
    [InlineData("host-passthrough", "host-passthrough", false, "Nothing")]
    [InlineData("none", "none", true, "Nothing")]
    public void The_processor_is_compared_as_its_mode_asks_for(string live, string defined, bool active, string expected) =>
        Assert.Equal(expected, MigrationNeeds.Parse(Text(Cpu(live), Cpu(defined), active: active)).Processor.ToString());

    [Theory]
    [InlineData("<nvram template='/usr/share/OVMF/OVMF_VARS.fd'>/var/lib/libvirt/qemu/nvram/web_VARS.fd</nvram>")]
    [InlineData("<nvram type='file'><source file='/var/lib/libvirt/qemu/nvram/web_VARS.fd'/></nvram>")]
    public void UEFI_variables_are_found_in_both_notations(string nvram) =>
        Assert.Equal("/var/lib/libvirt/qemu/nvram/web_VARS.fd", MigrationNeeds.Parse(Text(more: $"<os>{nvram}</os>")).FirmwareVariables);

    [Fact]
    public void A_saved_state_is_seen_and_no_description_looks_like_one()
    {
        Assert.True(MigrationNeeds.Parse(Text().Replace("Managed save:   no", "Managed save:   yes", StringComparison.Ordinal)).HasSavedState);
        Assert.False(MigrationNeeds.Parse(Text(more: "<description>\nManaged save:   yes\n&lt;/domain&gt;\n</description>")).HasSavedState);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<domain><name>x</name></domain>\n")]
    public void Anything_but_two_domains_is_refused(string text) => Assert.Throws<XmlException>(() => MigrationNeeds.Parse(text));

    private static string Cpu(string mode) => mode == "none" ? string.Empty : $"<cpu mode='{mode}'/>";

    private static string Text(string live = "", string defined = "", string more = "", string devices = Devices, bool active = true) =>
        $"<domain type='kvm'{(active ? " id='3'" : string.Empty)}>\n  <name>shop_web</name>\n{more}{live}\n{devices}\n</domain>\n\n<domain type='kvm'>\n  <name>shop_web</name>\n{more}{defined}\n</domain>\n\n{Info}\n\n";
}
