using System.Globalization;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>The arguments of <c>virt-install --print-xml</c> for a guest.</summary>
internal static class VirtInstall
{
    private const long MebiByte = 1024 * 1024;

    /// <summary>Without this, a start that another host's lock refuses takes the file from QEMU's user on its way out: see docs/adr/0001.</summary>
    private const string KeptOwner = "source.seclabel0.model=dac,source.seclabel0.relabel=no";

    public static IReadOnlyList<string> Arguments(GuestDefinition guest)
    {
        var vcpus = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(guest.Vcpus, guest.MaximumVcpus)},vcpu.current={guest.Vcpus}");
        var memory = string.Create(
            CultureInfo.InvariantCulture, $"{Math.Max(guest.MemoryBytes, guest.MaximumMemoryBytes) / MebiByte},currentMemory={guest.MemoryBytes / MebiByte}");
        List<string> arguments =
        [
            "--print-xml", "--import", "--noautoconsole", "--virt-type", "kvm", "--osinfo", guest.OperatingSystem,
            "--name", guest.Identity.DomainName, "--uuid", guest.Identity.Uuid.ToString(),
            "--memory", memory, "--vcpus", vcpus,
            "--graphics", "none", "--console", "pty,target.type=serial", "--channel", "unix,target.type=virtio,target.name=org.qemu.guest_agent.0",
            "--rng", "/dev/urandom", "--cpu", "host-model", "--check", "all=off", "--events", "on_crash=destroy",
        ];
        foreach (var disk in guest.Disks)
        {
            arguments.AddRange(
                [
                    "--disk",
                    $"path={Value(disk.Path)},device=disk,driver.type={disk.Format},target.bus={disk.Bus},target.dev={disk.Target},driver.cache=none,driver.io=native,driver.error_policy=stop"
                    + $",{KeptOwner}{Boot(disk.BootOrder)}",
                ]);
        }

        if (guest.CloudInitImage is { } image)
        {
            arguments.AddRange(["--disk", $"path={Value(image)},device=cdrom,driver.type=raw,readonly=on,{KeptOwner}"]);
        }

        foreach (var networkInterface in guest.Interfaces)
        {
            var source = networkInterface.Bridge is { } bridge ? $"bridge={Value(bridge)}" : $"network={Value(networkInterface.Network ?? "default")}";
            arguments.AddRange(["--network", $"{source},mac={Value(networkInterface.MacAddress)},model={Value(networkInterface.Model ?? GuestInterface.UsualModel)}{Boot(networkInterface.BootOrder)}"]);
        }

        if (guest.Interfaces.Count == 0)
        {
            arguments.AddRange(["--network", "none"]);
        }

        if (guest.Machine is { } machine)
        {
            arguments.AddRange(["--machine", machine]);
        }

        if (guest.Firmware == GuestFirmware.Uefi)
        {
            arguments.AddRange(["--boot", "uefi"]);
        }

        return arguments;
    }

    private static string Boot(int? order) => order is { } place ? string.Create(CultureInfo.InvariantCulture, $",boot.order={place}") : string.Empty;

    /// <summary>A value inside one of virt-install's lists, whose separator a comma is; doubled it is a comma.</summary>
    private static string Value(string text) => text.Replace(",", ",,", StringComparison.Ordinal);
}
